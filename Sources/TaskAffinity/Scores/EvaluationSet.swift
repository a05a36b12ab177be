/// The examples that every cell of one task was scored on.
struct EvaluationSet: Sendable {
  let exampleIDs: [String]
  let tokens: [Int]
  /// For each example the index of its cluster, clusters numbered by first appearance.
  let cluster: [Int]
  let clusterCount: Int
  private let clusterIDs: [String]
  private let position: [String: Int]

  init(_ scores: ExampleScores, task: String) throws {
    guard !scores.exampleIDs.isEmpty, scores.tokens.contains(where: { $0 > 0 }) else {
      throw AffinityError.noExamples(task: task)
    }
    var position: [String: Int] = [:]
    for (index, id) in scores.exampleIDs.enumerated() where position.updateValue(index, forKey: id) != nil {
      throw AffinityError.duplicateName(kind: "example of task \(task)", name: id)
    }
    var clusters: [String: Int] = [:]
    cluster = scores.clusterIDs.map { id in
      if let known = clusters[id] { return known }
      clusters[id] = clusters.count
      return clusters.count - 1
    }
    clusterCount = clusters.count
    exampleIDs = scores.exampleIDs
    clusterIDs = scores.clusterIDs
    tokens = scores.tokens
    self.position = position
  }

  /// Where each of this set's examples is in the scores, or nil when the order is the same.
  func order(of scores: ExampleScores, task: String, subset: Subset) throws -> [Int]? {
    func refuse(_ reason: String) -> AffinityError {
      .unequalEvaluationSets(task: task, subset: subset, reason: reason)
    }
    guard scores.exampleIDs.count == exampleIDs.count else {
      throw refuse("\(scores.exampleIDs.count) examples instead of \(exampleIDs.count)")
    }
    var order = Array(repeating: -1, count: exampleIDs.count)
    var moved = false
    for (index, id) in scores.exampleIDs.enumerated() {
      guard let target = position[id] else { throw refuse("example '\(id)' is new") }
      guard order[target] < 0 else { throw refuse("example '\(id)' appears twice") }
      guard scores.tokens[index] == tokens[target] else {
        throw refuse("example '\(id)' has \(scores.tokens[index]) answer tokens instead of \(tokens[target])")
      }
      guard scores.clusterIDs[index] == clusterIDs[target] else {
        throw refuse("example '\(id)' is in cluster '\(scores.clusterIDs[index])', not '\(clusterIDs[target])'")
      }
      order[target] = index
      moved = moved || target != index
    }
    return moved ? order : nil
  }

  /// Sums per cluster of one value an example.
  func clusterSums(_ values: some Collection<Double>) -> [Double] {
    var sums = Array(repeating: 0.0, count: clusterCount)
    for (value, index) in zip(values, cluster) { sums[index] += value }
    return sums
  }
}

/// The numbers of one cell, in the evaluation set's order.
struct StoredCell: Sendable {
  let nll: [Double]
  /// For each metric of the task, in order, per-example parts.
  let parts: [[[Double]]]

  init(_ scores: ExampleScores, order: [Int]?, metrics: [MetricDefinition]) {
    let parts = metrics.map { scores.metricParts[$0.name] ?? [] }
    if let order {
      nll = order.map { scores.nll[$0] }
      self.parts = parts.map { values in order.map { values[$0] } }
    } else {
      nll = scores.nll
      self.parts = parts
    }
  }
}

extension ExampleScores {
  /// Checks lengths and finiteness against the metrics of a task.
  func validate(metrics: [MetricDefinition], task: String, subset: Subset) throws {
    func refuse(_ reason: String) -> AffinityError { .malformedScores(task: task, subset: subset, reason: reason) }
    let count = exampleIDs.count
    guard clusterIDs.count == count, nll.count == count, tokens.count == count else {
      throw refuse("\(count) examples, \(clusterIDs.count) clusters, \(nll.count) losses, \(tokens.count) token counts")
    }
    if let index = nll.firstIndex(where: { !$0.isFinite }) {
      throw refuse("the loss of '\(exampleIDs[index])' is \(nll[index])")
    }
    if let index = tokens.firstIndex(where: { $0 < 0 }) {
      throw refuse("'\(exampleIDs[index])' has \(tokens[index]) tokens")
    }
    for metric in metrics {
      guard let parts = metricParts[metric.name], parts.count == count else {
        throw refuse("metric '\(metric.name)' lacks its \(count) examples")
      }
      if let wrong = parts.firstIndex(where: { $0.count != metric.parts || !$0.allSatisfy(\.isFinite) }) {
        throw refuse("metric '\(metric.name)' of '\(exampleIDs[wrong])' needs \(metric.parts) finite parts")
      }
    }
  }
}

extension Sequence where Element: Hashable {
  /// The elements in order of first appearance.
  func uniqued() -> [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}
