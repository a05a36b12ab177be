import Foundation
import TaskAffinity

/// A model linear in its parameters, on synthetic tasks, whose answer can be worked out exactly.
///
/// - Gaussian: token loss (y - x . theta)^2 / 2; sampled answers lie one standard deviation above or below, so the
///   outer product of their gradients is exactly x x'.
/// - Logistic: token loss log(1 + exp(-x . theta)); log(p / (1 - p)) is x . theta, linear without approximation.
struct LinearModel: GradientSource, LossSource {
  enum Kind { case gaussian, logistic }

  struct Example {
    var x: [[Double]]  // [tokens][parameters]
    var y: [Double]
  }

  let kind: Kind
  let parameters: Int
  var theta: [Double]
  var examples: [ExampleKey: Example] = [:]
  var parameterBlocks: [ParameterBlock]

  init(_ kind: Kind, tasks: Int, parameters: Int, train: Int, heldOut: Int, tokens: Int, seed: UInt64) {
    self.kind = kind
    self.parameters = parameters
    var generator = SplitMix64(seed: seed)
    theta = (0..<parameters).map { _ in 0.3 * generator.normal() }
    parameterBlocks = [
      ParameterBlock(name: "first", range: 0..<parameters / 3),
      ParameterBlock(name: "rest", range: parameters / 3..<parameters),
    ]
    for task in 0..<tasks {
      let direction = (0..<parameters).map { _ in generator.normal() }
      for (split, count) in [(Split.train, train), (.heldOut, heldOut)] {
        for index in 0..<count {
          let length = tokens == 1 ? 1 : 1 + generator.index(below: tokens)
          let x = (0..<length).map { _ in direction.map { 0.5 * $0 + generator.normal() } }
          let y = x.map { row in row[0] + (task % 2 == 0 ? 1 : -1) * row[1] + 0.1 * generator.normal() }
          examples[ExampleKey(task: task, split: split, index: index)] = Example(x: x, y: y)
        }
      }
    }
  }

  func keys(_ split: Split) -> [ExampleKey] {
    examples.keys.filter { $0.split == split }.sorted { ($0.task, $0.index) < ($1.task, $1.index) }
  }

  func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  func tokenLoss(_ x: [Double], _ y: Double, _ theta: [Double]) -> Double {
    kind == .gaussian ? pow(y - dot(x, theta), 2) / 2 : log1p(exp(-dot(x, theta)))
  }

  func losses(of keys: [ExampleKey], displacement: [Float]?) throws -> [ExampleLoss] {
    let moved = displacement.map { step in zip(theta, step).map { $0 + Double($1) } } ?? theta
    return keys.map { key in loss(key, moved) }
  }

  func loss(_ key: ExampleKey, _ theta: [Double]) -> ExampleLoss {
    let example = examples[key] ?? Example(x: [], y: [])
    let nll = zip(example.x, example.y).reduce(0) { $0 + tokenLoss($1.0, $1.1, theta) }
    return ExampleLoss(nll: nll, tokens: example.x.count)
  }

  /// Loss per token of a task.
  func taskLoss(_ task: Int, _ split: Split, _ theta: [Double]) -> Double {
    let all = keys(split).filter { $0.task == task }.map { loss($0, theta) }
    return all.reduce(0) { $0 + $1.nll } / Double(all.reduce(0) { $0 + $1.tokens })
  }

  func visitGradients(
    _ scalar: GradientScalar, of keys: [ExampleKey],
    _ body: (GradientRow, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    for key in keys {
      guard let example = examples[key] else { continue }
      var gradient = [Double](repeating: 0, count: parameters)
      var value = 0.0
      var generator = SplitMix64(seed: 3, stream: "\(key) \(scalar)")
      for (x, y) in zip(example.x, example.y) {
        let output = dot(x, theta)
        let p = 1 / (1 + exp(-output))
        let slope: Double
        switch (scalar, kind) {
        case (.loss, .gaussian): (slope, value) = (output - y, value + tokenLoss(x, y, theta))
        case (.loss, .logistic): (slope, value) = (p - 1, value + tokenLoss(x, y, theta))
        case (.sampledLoss, .gaussian): slope = generator.uniform() < 0.5 ? 1 : -1
        case (.sampledLoss, .logistic): slope = generator.uniform() < p ? p - 1 : p
        case (.meanLogOdds, _): (slope, value) = (1 / Double(example.x.count), value + output / Double(example.x.count))
        }
        for place in 0..<parameters { gradient[place] += slope * x[place] }
      }
      let row = GradientRow(
        example: key, scalar: scalar, value: value, tokens: example.x.count, nll: loss(key, theta).nll)
      try gradient.map(Float.init).withUnsafeBufferPointer { try body(row, $0) }
    }
  }
}

/// Solves a x = b by Gaussian elimination with pivoting: the tests' own solver.
func solveDense(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
  var a = matrix
  var b = right
  let n = b.count
  for column in 0..<n {
    let pivot = (column..<n).max { abs(a[$0][column]) < abs(a[$1][column]) } ?? column
    a.swapAt(column, pivot)
    b.swapAt(column, pivot)
    for row in (column + 1)..<max(n, column + 1) {
      let factor = a[row][column] / a[column][column]
      for place in column..<n { a[row][place] -= factor * a[column][place] }
      b[row] -= factor * b[column]
    }
  }
  for row in stride(from: n - 1, through: 0, by: -1) {
    for place in (row + 1)..<max(n, row + 1) { b[row] -= a[row][place] * b[place] }
    b[row] /= a[row][row]
  }
  return b
}

func layout(_ tasks: Int) -> TaskLayout {
  TaskLayout(tasks: (0..<tasks).map { ScoredTask(name: "t\($0)", category: "c\($0 % 2)") }, unitKind: .task)
}

func subsets(_ tasks: Int) -> [Subset] {
  (1..<(1 << tasks)).map { mask in Subset((0..<tasks).filter { mask >> $0 & 1 == 1 }.map { "t\($0)" }) }
}
