/// Task gradients as combinations of per-example rows: the gradient of a task's loss per token.
enum TaskMean {
  /// For each task the coefficients over all rows: 1 / (tokens of the task) on its loss gradients of a split.
  ///
  /// - Throws: ``AffinityError/noExamples(task:)`` for a task without rows.
  static func coefficients(_ rows: [GradientRow], layout: TaskLayout, split: Split) throws -> [[Double]] {
    try layout.tasks.indices.map { task in
      let places = rows.indices.filter {
        rows[$0].example.task == task && rows[$0].example.split == split && rows[$0].scalar == .loss
      }
      let tokens = places.reduce(0) { $0 + rows[$1].tokens }
      guard tokens > 0 else { throw AffinityError.noExamples(task: layout.tasks[task].name) }
      var result = Array(repeating: 0.0, count: rows.count)
      for place in places { result[place] = 1 / Double(tokens) }
      return result
    }
  }
}

/// Gradient cosines between tasks, whole and by part of the adapter.
public struct CosineAffinity: Codable, Sendable {
  /// The part of the adapter, or `all`.
  public let block: String
  /// <g_i train, g_j held-out> over both lengths, [source][target]; nil where a gradient is zero.
  public let cosine: [[Double?]]
  /// The same inner product without the lengths.
  public let product: [[Double]]

  /// The cosines as an estimator, named after the block.
  public func estimator(cost: EstimatorCost) -> PairAffinityEstimator {
    PairAffinityEstimator(name: block == "all" ? "cosine" : "cosine \(block)", affinity: cosine, cost: cost)
  }
}

/// Cosines of the training gradient of each task with the held-out gradient of each, over the whole adapter and over
/// each part: blocks of one name are one part, in the order of their first.
///
/// Training and held-out examples differ, so that a task's cosine with itself is not inflated by shared noise.
/// At LoRA's initialisation B = 0 makes the gradient of every A zero: only B's says anything there.
///
/// - Throws: ``AffinityError/noExamples(task:)`` for a task without gradients in either split.
public func cosineAffinities(
  _ panels: some GradientPanels, layout: TaskLayout, blocks: [ParameterBlock] = []
) throws -> [CosineAffinity] {
  useOneBLASThread()
  let n = layout.tasks.count
  let means =
    try TaskMean.coefficients(panels.rows, layout: layout, split: .train)
    + TaskMean.coefficients(panels.rows, layout: layout, split: .heldOut)
  let weights = means.flatMap { $0.map(Float.init) }
  func gram(_ range: Range<Int>, into total: inout [Double]) throws {
    var start = range.lowerBound
    while start < range.upperBound {
      let columns = start..<min(start + 4_096, range.upperBound)
      let mean = multiply(weights, try panels.panel(columns), m: 2 * n, k: panels.rows.count, n: columns.count)
        .map(Double.init)
      let part = multiply(mean, mean, m: 2 * n, k: columns.count, n: 2 * n, transposeB: true)
      for place in total.indices { total[place] += part[place] }
      start = columns.upperBound
    }
  }
  func affinity(_ name: String, _ total: [Double]) -> CosineAffinity {
    func at(_ i: Int, _ j: Int) -> Double { total[i * 2 * n + j] }
    let product = (0..<n).map { i in (0..<n).map { j in at(i, n + j) } }
    let cosine = (0..<n).map { i in
      (0..<n).map { j -> Double? in
        let length = (at(i, i) * at(n + j, n + j)).squareRoot()
        return length > 0 ? at(i, n + j) / length : nil
      }
    }
    return CosineAffinity(block: name, cosine: cosine, product: product)
  }
  // Blocks cover disjoint ranges, so the whole is their sum; what no block covers is read besides.
  var whole = Array(repeating: 0.0, count: 4 * n * n)
  var parts: [String: [Double]] = [:]
  var covered = 0
  for block in blocks.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
    guard block.range.lowerBound >= covered, block.range.upperBound <= panels.parameterCount else {
      throw AffinityError.outOfRange(
        what: "the range of block '\(block.name)'", value: "\(block.range)",
        allowed: "apart from the others and below \(panels.parameterCount)")
    }
    try gram(covered..<block.range.lowerBound, into: &whole)
    var own = Array(repeating: 0.0, count: 4 * n * n)
    try gram(block.range, into: &own)
    for place in whole.indices { whole[place] += own[place] }
    parts[block.name] = parts[block.name].map { zip($0, own).map { $0 + $1 } } ?? own
    covered = block.range.upperBound
  }
  try gram(covered..<panels.parameterCount, into: &whole)
  return [affinity("all", whole)]
    + blocks.map(\.name).uniqued().compactMap { name in parts[name].map { affinity(name, $0) } }
}
