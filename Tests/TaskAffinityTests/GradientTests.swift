import Foundation
import TaskAffinity
import Testing

@Suite struct GradientTests {
  let model = LinearModel(.gaussian, tasks: 2, parameters: 300, train: 10, heldOut: 5, tokens: 2, seed: 8)

  func requests() -> [(GradientScalar, [ExampleKey])] { [(.loss, model.keys(.train)), (.loss, model.keys(.heldOut))] }

  @Test func streamedGramIsTheNaiveOneForAnyPanel() throws {
    let panels = try MemoryGradients(model, requests())
    let all = try panels.panel(0..<300).map(Double.init)
    let metric = (0..<300).map { Float($0 % 7) + 0.5 }
    for width in [1, 7, 300, 4_096] {
      let plain = try GradientGram(panels, width: width)
      let weighted = try GradientGram(panels, metric: metric, width: width)
      for i in [0, 3, 29] {
        for j in [0, 11, 29] {
          let product = (0..<300).reduce(0) { $0 + all[i * 300 + $1] * all[j * 300 + $1] }
          let other = (0..<300).reduce(0) { $0 + all[i * 300 + $1] * all[j * 300 + $1] * Double(metric[$1]) }
          #expect(abs(plain[i, j] - product) < 1e-5 * (plain[i, i] * plain[j, j]).squareRoot())
          #expect(abs(weighted[i, j] - other) < 1e-5 * (weighted[i, i] * weighted[j, j]).squareRoot())
        }
      }
    }
  }

  @Test func scratchFileHoldsTheGradientsToItsRoundingAndLeavesNothing() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("scratch-\(UUID().uuidString)").path
    let memory = try MemoryGradients(model, requests())
    let scratch = try ScratchGradients(model, requests(), path: path)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(scratch.rows == memory.rows)
    let (a, b) = (try memory.panel(13..<77), try scratch.panel(13..<77))
    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= abs($0) / 256 })
    #expect(a != b)
    #expect(throws: AffinityError.self) { try ScratchGradients(model, requests(), path: "/nowhere/at/all") }
  }

  @Test func projectionIsItsSignsAndNearlyKeepsInnerProducts() throws {
    let panels = try MemoryGradients(model, requests())
    let exact = try GradientGram(panels)
    let projection = try RademacherProjection(size: 130, seed: 5)
    let features = try projection.project(panels, width: 64)
    let row = try panels.panel(0..<300)[..<300]
    for feature in [0, 63, 64, 129] {
      let naive = row.enumerated().reduce(0.0) {
        $0 + Double($1.element) * Double(projection.sign(parameter: $1.offset, feature: feature))
      }
      #expect(isClose(Double(features[feature]), naive / 130.0.squareRoot(), 1e-4))
    }
    let wide = try RademacherProjection(size: 2_000, seed: 6)
    let gram = try GradientGram(rows: panels.rows, features: wide.project(panels), size: 2_000)
    var squares = 0.0
    for i in 0..<30 {
      for j in 0..<30 { squares += pow((gram[i, j] - exact[i, j]) / (exact[i, i] * exact[j, j]).squareRoot(), 2) }
    }
    // The noise of a cosine is 1 / sqrt(2000) = 0.022, on the diagonal nothing or sqrt(2) of it.
    #expect((squares / 900).squareRoot() < 0.03)
    let signs = (0..<4_000).reduce(0) { $0 + projection.sign(parameter: $1, feature: $1 % 130) }
    #expect(abs(signs) < 4 * 4_000.0.squareRoot().magnitude.float)
  }

  @Test func combinationsAreSumsOfRows() throws {
    let panels = try MemoryGradients(model, requests())
    var coefficients = Array(repeating: 0.0, count: 30)
    (coefficients[2], coefficients[7]) = (2, -0.5)
    let all = try panels.panel(0..<300)
    let sum = try panels.combination(coefficients)
    #expect(
      (0..<300).allSatisfy { isClose(Double(sum[$0]), 2 * Double(all[600 + $0]) - 0.5 * Double(all[2_100 + $0]), 1e-5) }
    )
    #expect(throws: AffinityError.self) { try panels.combination([1]) }
  }

  /// 2,000 gradients of 921,600 parameters, made up by a counter: only time and memory matter.
  @Test(.enabled(if: runsFullSimulations)) func fullGramAndAllSubsetsAreInTime() throws {
    struct Noise: GradientSource {
      let parameterBlocks = [ParameterBlock(name: "all", range: 0..<921_600)]
      func visitGradients(
        _ scalar: GradientScalar, of examples: [ExampleKey],
        _ body: (GradientRow, UnsafeBufferPointer<Float>) throws -> Void
      ) throws {
        for key in examples {
          var state = UInt64(key.index &* 977 &+ key.task &* 31 &+ scalar.hashValue & 0xFFFF)
          let values = (0..<921_600).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Float(Int64(bitPattern: state) >> 40) * 1e-9
          }
          let row = GradientRow(example: key, scalar: scalar, value: 1, tokens: 4, nll: 4)
          try values.withUnsafeBufferPointer { try body(row, $0) }
        }
      }
    }
    func keys(_ split: Split, _ count: Int) -> [ExampleKey] {
      (0..<8).flatMap { task in (0..<count).map { ExampleKey(task: task, split: split, index: $0) } }
    }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("scratch-\(UUID().uuidString)").path
    let panels = try ScratchGradients(
      Noise(),
      [
        (.loss, keys(.train, 50)), (.sampledLoss(draw: 0), keys(.train, 100)), (.loss, keys(.heldOut, 50)),
        (.sampledLoss(draw: 0), keys(.heldOut, 50)),
      ], path: path)
    #expect(panels.rows.count == 2_000)
    let clock = ContinuousClock()
    var gram: GradientGram?
    let streaming = try clock.measure { gram = try GradientGram(panels) }
    let estimator = try CurvatureEstimator(try #require(gram), layout: layout(8), damping: 1)
    let solving = try clock.measure { _ = try estimator.estimate(subsets(8), layout: layout(8)) }
    let linear = try LinearisedEstimator(try #require(gram))
    let fitting = try clock.measure { _ = try linear.estimate(subsets(8), layout: layout(8)) }
    print("Gram of 2,000 x 921,600: \(streaming); 255 subsets: curvature \(solving), linearised \(fitting)")
    #expect(streaming < .seconds(300) && solving < .seconds(120) && fitting < .seconds(120))
  }
}

extension Double {
  fileprivate var float: Float { Float(self) }
}
