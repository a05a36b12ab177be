/// How an estimate of negative transfer fares on cells whose interval excludes zero.
public struct NegativeTransferReport: Codable, Sendable, Equatable {
  /// Share of predicted negatives that are negative; nil when none is predicted.
  public let precision: Double?
  /// Share of negatives that are predicted; nil when there is none.
  public let recall: Double?
  /// 2 TP / (2 TP + FP + FN); nil when there is neither.
  public let f1: Double?
  /// Share of signs that are right.
  public let accuracy: Double
  /// The share of the commoner sign: the accuracy of saying always the same.
  public let majority: Double
  /// Cells judged.
  public let cells: Int
}

/// One estimated and true score.
public struct ScatterPoint: Codable, Sendable, Equatable {
  /// The subset.
  public let subset: Subset
  /// The task.
  public let task: String
  /// The prediction.
  public let estimate: Double
  /// The truth, greater for better.
  public let truth: Double
}

/// One estimator against the truth, by the seven criteria.
public struct EstimatorReport: Codable, Sendable {
  /// The method.
  public let method: String
  /// Cells compared: subsets of two or more units that are no anchors, on tasks they hold.
  public let cells: Int
  /// Mean over targets of Spearman's correlation over subsets.
  public let spearman: Double?
  /// Mean over targets of Kendall's tau-b.
  public let kendall: Double?
  /// Spearman's correlation of all cells after z-scores per target.
  public let pooled: Double?
  /// 1 - SSE / SSE of each target's mean over the anchors; nil for an estimate in no unit.
  public let skill: Double?
  /// |estimate - truth| / |truth| over all cells; nil for an estimate in no unit.
  public let distance: Double?
  /// The same for each target's mean over the anchors, which says how little the distance says.
  public let trivialDistance: Double?
  /// Negative transfer against training alone.
  public let negativeTransfer: NegativeTransferReport?
  /// Mean over targets of the truth lost by taking the subset that the estimate likes best.
  public let subsetRegret: Double?
  /// Truth lost by the partition that the estimate likes best, against the oracle's.
  public let groupingRegret: Double?
  /// What the estimate cost.
  public let cost: EstimatorCost
  /// The data of the scatter plot.
  public let scatter: [ScatterPoint]
}

/// Several estimators against one truth.
public struct EstimatorComparison: Codable, Sendable {
  /// What the truth itself supports; nil with one seed.
  public let ceiling: NoiseCeiling?
  /// One report an estimator.
  public let reports: [EstimatorReport]

  /// The same reports beside a noise ceiling from elsewhere.
  public func with(ceiling: NoiseCeiling?) -> EstimatorComparison {
    EstimatorComparison(ceiling: ceiling, reports: reports)
  }

  /// The noise ceiling of a matrix over tasks whose runs all have the same seeds, over subsets of two or more units that
  /// are no anchors, for a truth of `truthSeeds` seeds (by default the matrix's); nil with one seed.
  ///
  /// - Throws: ``AffinityError`` when the matrix's columns are not the layout's tasks.
  public static func ceiling(
    of matrix: TransferMatrix, layout: TaskLayout, anchors: Set<Subset>, truthSeeds: Int? = nil
  ) throws -> NoiseCeiling? {
    let scores = try TrainedScores(matrix, layout: layout)
    let cells = layout.tasks.indices.map { task in
      scores.holding(task).filter { $0.subset.count > 1 && !anchors.contains($0.subset) }
    }
    return Judge.ceiling(cells, of: matrix, layout: layout, truthSeeds: truthSeeds)
  }
}

/// Judges estimates on cells they have not seen.
///
/// The truth is the transfer matrix over tasks of a finished sweep. Anchors, trained subsets that estimates were fitted
/// on, are left out, and give the trivial predictor. Without a number of groups the regret of grouping is left out.
///
/// - Throws: ``AffinityError`` when the matrix's columns are not the layout's tasks, or no cell is left.
public func compare(
  _ estimates: [TransferEstimate], truth: TransferMatrix, layout: TaskLayout, anchors: Set<Subset>,
  higherIsBetter: Bool = false, groups: Int? = nil
) throws -> EstimatorComparison {
  let scores = try TrainedScores(truth, layout: layout, higherIsBetter: higherIsBetter)
  let cells = layout.tasks.indices.map { task in
    scores.holding(task).filter { $0.subset.count > 1 && !anchors.contains($0.subset) }
  }
  guard cells.contains(where: { $0.count > 1 }) else {
    throw AffinityError.insufficient(
      what: "a comparison", missing: "trained subsets of two or more units besides anchors")
  }
  let judge = Judge(scores: scores, matrix: truth, layout: layout, anchors: anchors, cells: cells, groups: groups)
  return EstimatorComparison(ceiling: judge.ceiling, reports: try estimates.map(judge.report))
}
