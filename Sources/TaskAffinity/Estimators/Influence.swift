/// Adam's state at a checkpoint, as LESS uses it.
public struct AdamState: Sendable {
  /// First moments, one a parameter.
  public var first: [Float]
  /// Second moments, one a parameter.
  public var second: [Float]
  /// Decay of the first moment.
  public var beta1: Float
  /// Decay of the second moment.
  public var beta2: Float
  /// Added inside the root.
  public var epsilon: Float

  /// A state; moments without bias correction.
  public init(first: [Float], second: [Float], beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
    self.first = first
    self.second = second
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}

/// The influence of training examples of one task on the held-out loss of another at one checkpoint.
public struct InfluenceAffinity: Codable, Sendable {
  /// Mean over training examples of the cosine with the target's mean held-out gradient, [source][target].
  public let cosine: [[Double]]
  /// Mean of the inner product, which normalising hides, [source][target].
  public let product: [[Double]]
}

/// LESS's influence at one checkpoint: the Adam update that an example alone would give, against held-out gradients.
///
/// The update is (b1 m + (1 - b1) g) / sqrt(b2 v + (1 - b2) g^2 + eps), element by element; without a state, g itself.
/// Sum over checkpoints weighted by learning rate with ``summed(_:learningRates:)``.
/// Source: Xia et al. 2024, equation 4.
///
/// - Throws: ``AffinityError`` for missing examples or moments of wrong length.
public func influence(_ panels: some GradientPanels, layout: TaskLayout, adam: AdamState?) throws -> InfluenceAffinity {
  useOneBLASThread()
  if let adam, adam.first.count != panels.parameterCount || adam.second.count != panels.parameterCount {
    throw AffinityError.shapeMismatch(
      what: "Adam's moments", expected: panels.parameterCount, found: min(adam.first.count, adam.second.count))
  }
  let n = layout.tasks.count
  let train = panels.rows.indices.filter { panels.rows[$0].example.split == .train && panels.rows[$0].scalar == .loss }
  let means = try TaskMean.coefficients(panels.rows, layout: layout, split: .heldOut)
  _ = try TaskMean.coefficients(panels.rows, layout: layout, split: .train)
  let weights = means.flatMap { $0.map(Float.init) }
  var products = [Float](repeating: 0, count: train.count * n)
  var lengths = Array(repeating: 0.0, count: train.count)
  var targets = Array(repeating: 0.0, count: n)
  try panels.forEachPanel { columns, values in
    let width = columns.count
    var updates = [Float](repeating: 0, count: train.count * width)
    for (row, place) in train.enumerated() {
      var square: Float = 0
      for column in 0..<width {
        var g = values[place * width + column]
        if let adam {
          let p = columns.lowerBound + column
          let second = adam.beta2 * adam.second[p] + (1 - adam.beta2) * g * g
          g = (adam.beta1 * adam.first[p] + (1 - adam.beta1) * g) / (second + adam.epsilon).squareRoot()
        }
        updates[row * width + column] = g
        square += g * g
      }
      lengths[row] += Double(square)
    }
    let heldOut = multiply(weights, values, m: n, k: panels.rows.count, n: width)
    for task in 0..<n {
      targets[task] += heldOut[(task * width)..<((task + 1) * width)].reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    accumulate(updates, heldOut, into: &products, m: train.count, k: width, n: n, transposeB: true)
  }
  var cosine = Array(repeating: Array(repeating: 0.0, count: n), count: n)
  var product = cosine
  for source in 0..<n {
    let members = train.indices.filter { panels.rows[train[$0]].example.task == source }
    for target in 0..<n {
      for row in members {
        let value = Double(products[row * n + target])
        let length = (lengths[row] * targets[target]).squareRoot()
        product[source][target] += value / Double(members.count)
        if length > 0 { cosine[source][target] += value / length / Double(members.count) }
      }
    }
  }
  return InfluenceAffinity(cosine: cosine, product: product)
}

/// The sum over checkpoints weighted by their learning rates, as estimators by cosine and by product.
///
/// - Throws: ``AffinityError`` when rates and checkpoints differ in number or there are none.
public func summed(
  _ checkpoints: [InfluenceAffinity], learningRates: [Double]
) throws -> (cosine: PairAffinityEstimator, product: PairAffinityEstimator) {
  guard let first = checkpoints.first, checkpoints.count == learningRates.count else {
    throw AffinityError.shapeMismatch(what: "learning rates", expected: checkpoints.count, found: learningRates.count)
  }
  func sum(_ part: (InfluenceAffinity) -> [[Double]], _ name: String) -> PairAffinityEstimator {
    let size = part(first).count
    let total = (0..<size).map { i in
      (0..<size).map { j -> Double? in
        zip(checkpoints, learningRates).reduce(0) { $0 + $1.1 * part($1.0)[i][j] }
      }
    }
    return PairAffinityEstimator(name: name, affinity: total)
  }
  return (sum(\.cosine, "influence"), sum(\.product, "influence-product"))
}
