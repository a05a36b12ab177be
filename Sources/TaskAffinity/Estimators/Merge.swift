/// How the updates of adapters trained on single tasks are merged.
public enum MergeRule: Codable, Sendable, Equatable {
  /// The mean of the updates.
  case average
  /// TIES (Yadav et al. 2023): keep the largest share of each update, elect a sign by total mass, average what agrees.
  case ties(keep: Double)
  /// DARE (Yu et al. 2024): drop a share of each update at random, divide the rest by what is kept, average.
  case dare(drop: Double, seed: UInt64)
}

/// Merges dense updates (each the product scale B A, never A and B apart), element by element.
///
/// - Throws: ``AffinityError`` when updates differ in size, there are none, or a share is not within 0 and 1.
public func merge(_ updates: [[Float]], rule: MergeRule) throws -> [Float] {
  guard let first = updates.first else {
    throw AffinityError.insufficient(what: "a merge", missing: "any update")
  }
  for update in updates where update.count != first.count {
    throw AffinityError.shapeMismatch(what: "an update to merge", expected: first.count, found: update.count)
  }
  func checked(_ share: Double, _ what: String) throws {
    guard share >= 0, share <= 1 else {
      throw AffinityError.outOfRange(what: what, value: "\(share)", allowed: "0 to 1")
    }
  }
  let count = Float(updates.count)
  switch rule {
  case .average:
    return first.indices.map { place in updates.reduce(0) { $0 + $1[place] } / count }
  case .ties(let keep):
    try checked(keep, "the share that TIES keeps")
    let trimmed = updates.map { trim($0, keep: keep) }
    return first.indices.map { place in
      let mass = trimmed.reduce(0) { $0 + $1[place] }
      let agreeing = trimmed.map { $0[place] }.filter { $0 * mass > 0 }
      return agreeing.isEmpty ? 0 : agreeing.reduce(0, +) / Float(agreeing.count)
    }
  case .dare(let drop, let seed):
    try checked(drop, "the share that DARE drops")
    if drop == 1 { return Array(repeating: 0, count: first.count) }
    var result = Array(repeating: Float(0), count: first.count)
    for (index, update) in updates.enumerated() {
      var generator = SplitMix64(seed: seed, stream: "dare \(index)")
      for place in result.indices where generator.uniform() >= drop {
        result[place] += update[place] / (count * Float(1 - drop))
      }
    }
    return result
  }
}

private func trim(_ update: [Float], keep: Double) -> [Float] {
  let kept = Int((keep * Double(update.count)).rounded())
  if kept >= update.count { return update }
  if kept == 0 { return update.map { _ in 0 } }
  var sizes = update.map { Double(abs($0)) }
  let bar = sizes.withUnsafeMutableBufferPointer { buffer in
    select(buffer, rank: buffer.count - kept)
    return Float(buffer[buffer.count - kept])
  }
  return update.map { abs($0) >= bar ? $0 : 0 }
}

/// Predicts a subset by the real losses of a merge of its members' single-task adapters; the caller merges and scores.
public struct MergeEstimator: AffinityEstimator {
  /// The method's name in tables.
  public let name: String
  private let losses: ([Int]) throws -> [Double]
  private let examples: Int

  /// Takes what gives the held-out loss per token of every task under the merge of some tasks' adapters, and how many
  /// examples one such call scores, for the cost.
  public init(name: String = "merge", examples: Int, losses: @escaping (_ members: [Int]) throws -> [Double]) {
    self.name = name
    self.examples = examples
    self.losses = losses
  }

  /// Minus the loss of each merge.
  public func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate {
    var predictions: [Subset: [Double?]] = [:]
    for subset in subsets { predictions[subset] = try losses(layout.members(subset)).map { -$0 } }
    return TransferEstimate(
      method: name, tasks: layout.tasks.map(\.name), predictions: predictions, calibrated: true,
      cost: EstimatorCost(forward: examples * subsets.count, runs: layout.tasks.count))
  }
}
