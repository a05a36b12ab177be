import COpenBLAS

/// The score of one task's cells as columns: sums over clusters, weighted by draws, scored.
struct TaskColumns: Sendable {
  /// What to score: the loss (nil) or one of the task's metrics.
  let metric: MetricDefinition?
  /// The evaluation set's clusters.
  let clusters: Int
  private let draws: Int
  /// [clusters, draws]
  private let weights: [Double]
  /// Per cluster: answer tokens for the loss, examples for a metric.
  private let denominators: [Double]
  private let total: Double
  /// [draws]
  private let drawnDenominators: [Double]

  init(set: EvaluationSet, metric: MetricDefinition?, task: String, plan: ResamplingPlan) {
    self.metric = metric
    clusters = set.clusterCount
    draws = plan.settings.draws
    weights = plan.clusterWeights(task: task, clusters: clusters)
    denominators = set.clusterSums(metric == nil ? set.tokens.map(Double.init) : set.tokens.map { _ in 1 })
    total = denominators.reduce(0, +)
    drawnDenominators = multiply(denominators, weights, m: 1, k: clusters, n: draws)
  }

  /// The number of additive parts of the score.
  private var parts: Int { metric?.parts ?? 1 }

  /// The column of one subset: `sums` holds for each seed its parts' cluster sums, [seeds][parts * clusters].
  func column(sums: [[Double]], seedWeights: [Double]) -> [Double] {
    let layout = ColumnLayout(seeds: sums.count, draws: draws, clusters: clusters)
    var result = [Double](repeating: 0, count: layout.count)
    for (seed, rows) in sums.enumerated() {
      let totals = (0..<parts).map { part in rows[(part * clusters)..<((part + 1) * clusters)].reduce(0, +) }
      let value = score(totals, total)
      result[0] += value / Double(sums.count)
      result[layout.seedStart + seed] = value
      let drawn = multiply(rows, weights, m: parts, k: clusters, n: draws)
      accumulate(drawn, seedWeights: seedWeights, seed: seed, into: &result, at: layout.drawStart)
      var left = totals
      for cluster in 0..<clusters {
        for part in 0..<parts { left[part] = totals[part] - rows[part * clusters + cluster] }
        result[layout.jackknifeStart + seed * clusters + cluster] = score(left, total - denominators[cluster])
      }
    }
    return result
  }

  private func accumulate(
    _ drawn: [Double], seedWeights: [Double], seed: Int, into result: inout [Double], at start: Int
  ) {
    let row = seed * draws
    if parts == 1, metric == nil {
      for draw in 0..<draws {
        result[start + draw] += seedWeights[row + draw] * drawn[draw] / drawnDenominators[draw]
      }
      return
    }
    var sums = [Double](repeating: 0, count: parts)
    for draw in 0..<draws {
      for part in 0..<parts { sums[part] = drawn[part * draws + draw] }
      result[start + draw] += seedWeights[row + draw] * score(sums, drawnDenominators[draw])
    }
  }

  private func score(_ sums: [Double], _ denominator: Double) -> Double {
    guard let metric else { return sums[0] / denominator }
    return metric.score(sums, Int(denominator.rounded()))
  }
}
