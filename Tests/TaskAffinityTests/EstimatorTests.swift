import Foundation
import TaskAffinity
import Testing

/// Estimators on problems whose answer is known exactly.
@Suite struct EstimatorTests {
  @Test func curvatureIsExactOnAQuadraticProblem() throws {
    let model = LinearModel(.gaussian, tasks: 3, parameters: 7, train: 9, heldOut: 6, tokens: 1, seed: 1)
    let metric = (0..<7).map { 0.5 + 0.3 * Double($0) }
    let (train, heldOut) = (model.keys(.train), model.keys(.heldOut))
    let panels = try MemoryGradients(
      model,
      [
        (.loss, train), (.sampledLoss(draw: 0), train), (.loss, heldOut), (.sampledLoss(draw: 0), heldOut),
      ])
    let gram = try GradientGram(panels, metric: metric.map { Float(1 / $0) }, width: 3)
    for (estimand, damping) in [(Estimand.equalExposure, 0.2), (.equalTotal, 0.05)] {
      let estimate = try CurvatureEstimator(gram, layout: layout(3), damping: damping, estimand: estimand)
        .estimate(subsets(3), layout: layout(3))
      for subset in subsets(3) {
        let members = layout(3).members(subset)
        let share = estimand == .equalTotal ? 1 / Double(members.count) : 1
        var hessian = (0..<7).map { i in (0..<7).map { i == $0 ? damping * metric[i] : 0 } }
        var gradient = Array(repeating: 0.0, count: 7)
        for key in train where members.contains(key.task) {
          guard let example = model.examples[key] else { continue }
          let x = example.x[0]
          let slope = model.dot(x, model.theta) - example.y[0]
          for i in 0..<7 {
            gradient[i] += share * slope * x[i] / 9
            for j in 0..<7 { hessian[i][j] += share * x[i] * x[j] / 9 }
          }
        }
        let theta = zip(model.theta, solveDense(hessian, gradient)).map { $0 - $1 }
        for task in 0..<3 {
          let truth = model.taskLoss(task, .heldOut, theta)
          #expect(isClose(-(try #require(estimate[subset, task])), truth, 2e-4), "\(subset) t\(task)")
        }
      }
    }
  }

  /// Minimises mean-per-task logistic loss plus ridge |theta - start|^2 / 2 by Newton in the parameters.
  func trained(_ model: LinearModel, _ subset: Subset, ridge: Double) -> [Double] {
    let members = layout(3).members(subset)
    let n = model.parameters
    var theta = model.theta
    for _ in 0..<30 {
      var gradient = (0..<n).map { ridge * (theta[$0] - model.theta[$0]) }
      var hessian = (0..<n).map { i in (0..<n).map { i == $0 ? ridge : 0 } }
      for task in members {
        let keys = model.keys(.train).filter { $0.task == task }
        for key in keys {
          guard let x = model.examples[key]?.x[0] else { continue }
          let miss = 1 / (1 + exp(model.dot(x, theta)))
          for i in 0..<n {
            gradient[i] -= miss * x[i] / Double(keys.count)
            for j in 0..<n { hessian[i][j] += miss * (1 - miss) * x[i] * x[j] / Double(keys.count) }
          }
        }
      }
      theta = zip(theta, solveDense(hessian, gradient)).map { $0 - $1 }
    }
    return theta
  }

  @Test(arguments: [LinearisedEstimator.Link.meanLogOdds, .lossMatched]) func linearisedIsExactOnALinearModel(
    _ link: LinearisedEstimator.Link
  ) throws {
    let model = LinearModel(.logistic, tasks: 3, parameters: 6, train: 8, heldOut: 5, tokens: 1, seed: 2)
    let scalar: GradientScalar = link == .lossMatched ? .loss : .meanLogOdds
    let panels = try MemoryGradients(model, [(scalar, model.keys(.train)), (scalar, model.keys(.heldOut))])
    let gram = try GradientGram(panels)
    let settings = LinearisedEstimator.Settings(link: link, ridge: 0.1)
    let estimator = try LinearisedEstimator(gram, settings: settings)
    let estimate = try estimator.estimate(subsets(3), layout: layout(3))
    for subset in subsets(3) {
      let theta = trained(model, subset, ridge: 0.1)
      for task in 0..<3 {
        let truth = model.taskLoss(task, .heldOut, theta)
        #expect(isClose(-(try #require(estimate[subset, task])), truth, 1e-4), "\(subset) t\(task)")
      }
      // The step itself, applied for a real forward pass, says the same.
      let step = try panels.combination(estimator.stepCoefficients(subset, layout: layout(3)))
      #expect(zip(step, zip(theta, model.theta)).allSatisfy { isClose(Double($0), $1.0 - $1.1, 1e-3) })
    }
  }

  @Test func lossMatchedLinkKeepsTheLossWhereMeanLogOddsUnderstatesIt() throws {
    let model = LinearModel(.logistic, tasks: 2, parameters: 6, train: 5, heldOut: 9, tokens: 6, seed: 3)
    let heldOut = model.keys(.heldOut)
    let train = model.keys(.train)
    func atBase(_ link: LinearisedEstimator.Link, _ offset: Bool) throws -> [Double] {
      let scalar: GradientScalar = link == .lossMatched ? .loss : .meanLogOdds
      let gram = try GradientGram(MemoryGradients(model, [(scalar, train), (scalar, heldOut)]))
      let settings = LinearisedEstimator.Settings(link: link, keepsOffset: offset)
      let estimate = try LinearisedEstimator(gram, settings: settings).estimate([.base], layout: layout(2))
      return try (0..<2).map { -(try #require(estimate[.base, $0])) }
    }
    for task in 0..<2 {
      let truth = model.taskLoss(task, .heldOut, model.theta)
      #expect(isClose(try atBase(.lossMatched, true)[task], truth, 1e-9))
      #expect(try atBase(.meanLogOdds, true)[task] < truth)
      #expect(isClose(try atBase(.meanLogOdds, false)[task], log(2)))
    }
  }

  @Test func lookaheadIsTheLossAfterTheStep() throws {
    let model = LinearModel(.gaussian, tasks: 2, parameters: 5, train: 6, heldOut: 4, tokens: 3, seed: 4)
    let panels = try MemoryGradients(model, [(.loss, model.keys(.train))])
    let scale: [Float] = [1, 0.5, 2, 1, 0.1]
    let affinity = try lookaheadAffinity(
      panels, losses: model, layout: layout(2), heldOut: model.keys(.heldOut), learningRate: 0.01,
      preconditioner: scale)
    for source in 0..<2 {
      let step = 1e-6
      // The gradient by differences, so that nothing of the estimator is used.
      let gradient = (0..<5).map { place in
        var (up, down) = (model.theta, model.theta)
        up[place] += step
        down[place] -= step
        return (model.taskLoss(source, .train, up) - model.taskLoss(source, .train, down)) / (2 * step)
      }
      let theta = (0..<5).map { model.theta[$0] - 0.01 * Double(scale[$0]) * gradient[$0] }
      for target in 0..<2 {
        let truth = 1 - model.taskLoss(target, .heldOut, theta) / model.taskLoss(target, .heldOut, model.theta)
        #expect(isClose(try #require(affinity.affinity[source][target]), truth, 1e-5))
      }
    }
    let mean = try averaged([affinity, affinity])
    #expect(mean.affinity[0][1] == affinity.affinity[0][1] && mean.cost.forward == 2 * affinity.cost.forward)
  }

  @Test func cosinesAreThoseOfTaskGradientsWholeAndByBlock() throws {
    let model = LinearModel(.gaussian, tasks: 2, parameters: 6, train: 5, heldOut: 4, tokens: 2, seed: 5)
    let panels = try MemoryGradients(model, [(.loss, model.keys(.train)), (.loss, model.keys(.heldOut))])
    let all = try panels.panel(0..<6)
    func mean(_ task: Int, _ split: Split) -> [Double] {
      let rows = panels.rows.indices.filter {
        panels.rows[$0].example.task == task && panels.rows[$0].example.split == split
      }
      let tokens = rows.reduce(0) { $0 + panels.rows[$1].tokens }
      return (0..<6).map { column in rows.reduce(0) { $0 + Double(all[$1 * 6 + column]) } / Double(tokens) }
    }
    let result = try cosineAffinities(panels, layout: layout(2), blocks: model.parameterBlocks)
    #expect(result.map(\.block) == ["all", "first", "rest"])
    for (entry, range) in zip(result, [0..<6, 0..<2, 2..<6]) {
      for i in 0..<2 {
        for j in 0..<2 {
          let a = Array(mean(i, .train)[range])
          let b = Array(mean(j, .heldOut)[range])
          let product = model.dot(a, b)
          let cosine = product / (model.dot(a, a) * model.dot(b, b)).squareRoot()
          #expect(isClose(entry.product[i][j], product, 1e-4))
          #expect(isClose(try #require(entry.cosine[i][j]), cosine, 1e-4))
        }
      }
    }
  }

  @Test func influenceIsLESSWithAndWithoutAdam() throws {
    let model = LinearModel(.gaussian, tasks: 2, parameters: 4, train: 3, heldOut: 3, tokens: 1, seed: 6)
    let panels = try MemoryGradients(model, [(.loss, model.keys(.train)), (.loss, model.keys(.heldOut))])
    let all = try panels.panel(0..<4).map(Double.init)
    let adam = AdamState(first: [0.1, -0.2, 0, 0.3], second: [0.5, 0.1, 0.2, 0.9])
    for state in [nil, adam] {
      let result = try influence(panels, layout: layout(2), adam: state)
      for source in 0..<2 {
        for target in 0..<2 {
          var cosine = 0.0
          let held = (0..<4).map { c in
            (6..<12).filter { panels.rows[$0].example.task == target }.reduce(0) { $0 + all[$1 * 4 + c] / 3 }
          }
          for row in 0..<6 where panels.rows[row].example.task == source {
            let update = (0..<4).map { c -> Double in
              let g = all[row * 4 + c]
              guard let state else { return g }
              return (0.9 * Double(state.first[c]) + 0.1 * g)
                / (0.999 * Double(state.second[c]) + 0.001 * g * g + 1e-8).squareRoot()
            }
            cosine += model.dot(update, held) / (model.dot(update, update) * model.dot(held, held)).squareRoot() / 3
          }
          #expect(isClose(result.cosine[source][target], cosine, 1e-4))
        }
      }
    }
    let one = try influence(panels, layout: layout(2), adam: adam)
    let sum = try summed([one, one], learningRates: [0.5, 1.5])
    #expect(isClose(try #require(sum.cosine.affinity[0][1]), 2 * one.cosine[0][1]))
  }

  @Test func fisherIsOneForTwinsAndZeroForStrangers() throws {
    struct Parts: GradientSource {
      let parameterBlocks = [ParameterBlock(name: "all", range: 0..<4)]
      func visitGradients(
        _ scalar: GradientScalar, of examples: [ExampleKey],
        _ body: (GradientRow, UnsafeBufferPointer<Float>) throws -> Void
      ) throws {
        let rows: [[Float]] = [[1, 2, 0, 0], [-1, 2, 0, 0], [0, 0, 3, 1]]
        for key in examples {
          let row = GradientRow(example: key, scalar: scalar, value: 0, tokens: 1, nll: 1)
          try rows[key.task].withUnsafeBufferPointer { try body(row, $0) }
        }
      }
    }
    let keys = (0..<3).map { ExampleKey(task: $0, split: .train, index: 0) }
    let panels = try MemoryGradients(Parts(), [(.sampledLoss(draw: 0), keys)])
    let affinity = try fisherAffinity(panels, layout: layout(3)).affinity
    #expect(isClose(try #require(affinity[0][1]), 1))
    #expect(isClose(try #require(affinity[0][2]), 0))
  }

  @Test func aTaskWithoutExamplesIsRefused() throws {
    let model = LinearModel(.gaussian, tasks: 2, parameters: 4, train: 3, heldOut: 3, tokens: 1, seed: 6)
    let panels = try MemoryGradients(model, [(.loss, model.keys(.train)), (.loss, model.keys(.heldOut))])
    #expect(throws: AffinityError.noExamples(task: "t2")) { try cosineAffinities(panels, layout: layout(3)) }
    let gram = try GradientGram(panels)
    #expect(throws: AffinityError.noExamples(task: "t0")) {
      try CurvatureEstimator(gram, layout: layout(2), damping: 1)
    }
    #expect(throws: AffinityError.self) { try LinearisedEstimator(gram, settings: .init(ridge: 0)) }
  }

  @Test func aSingularKernelIsNamed() throws {
    let rows = [Split.train, .heldOut].flatMap { split in
      (0..<2).map { index in
        GradientRow(
          example: ExampleKey(task: 0, split: split, index: index), scalar: .loss, value: 1, tokens: 1, nll: 1)
      }
    }
    let indefinite: [Float] = [-9, 0, 0, 0, 0, -9, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    let estimator = try LinearisedEstimator(GradientGram(rows: rows, values: indefinite))
    do {
      _ = try estimator.estimate([["t0"]], layout: layout(1))
      Issue.record("an indefinite kernel was solved with")
    } catch let error as AffinityError {
      #expect(error.description.hasPrefix("the linearised problem of t0 cannot be solved"))
    }
    #expect(throws: AffinityError.self) { try GradientGram(rows: rows, values: [1]) }
  }

  @Test func aPairEstimateIsTheMeanOverSources() throws {
    let estimator = PairAffinityEstimator(name: "x", affinity: [[1, 2, nil], [3, 4, 5], [6, 7, 8]])
    let estimate = try estimator.estimate([["t0", "t1"], ["t0"]], layout: layout(3))
    #expect(estimate[["t0", "t1"], 0] == 2)
    #expect(estimate[["t0", "t1"], 1] == 3)
    #expect(estimate[["t0"], 2] == nil)
    #expect(!estimate.calibrated)
  }
}
