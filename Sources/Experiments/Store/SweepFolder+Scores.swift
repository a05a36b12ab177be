import Foundation
import MTL
import TaskAffinity

extension SweepFolder {
  /// The number of a point of the grid in a plan; of the only one where there is no grid.
  ///
  /// - Throws: ``SweepError/points(_:)`` where there are several and none of them, or none at all, is named.
  public static func point(_ label: String?, of plan: Plan) throws -> Int {
    let labels = plan.points?.map(\.label) ?? [""]
    guard let label else {
      if labels.count == 1 { return 0 }
      throw SweepError.points(labels)
    }
    guard let number = labels.firstIndex(of: label) else { throw SweepError.points(labels) }
    return number
  }

  /// Every finished evaluation as a table; what is missing stays missing. A sweep with a grid has a table for each point,
  /// which its label names.
  ///
  /// - Throws: `AffinityError`, ``SweepError``, `FormatError` for a damaged run file, `MetricError` for a metric that is
  ///   not known.
  public func scores(point label: String? = nil) throws -> ScoreTable {
    let plan = try plan()
    let point = try Self.point(label, of: plan)
    let runs = plan.runs.filter { $0.points?.contains(point) ?? true }
    var evaluations: [(Plan.Run, [TaskEvaluation])] = []
    for run in runs where FileManager.default.fileExists(atPath: runPath(run.id)) {
      let (summary, evaluation) = try RunFile.readEvaluation(runPath(run.id))
      let names = Set(plan.tasks.map(\.name))
      // A run that sweeps share may be scored on tasks of another.
      if summary.isFinished { evaluations.append((run, evaluation.filter { names.contains($0.task) })) }
    }
    return try Self.table(plan, point: point, runs: runs, evaluations)
  }

  /// The table of evaluations of `runs`, which belong to a point of a plan.
  ///
  /// - Throws: `AffinityError`, `MetricError` for a metric that is not known.
  static func table(
    _ plan: Plan, point: Int, runs: [Plan.Run], _ evaluations: [(Plan.Run, [TaskEvaluation])]
  ) throws -> ScoreTable {
    var metrics: [String: [MetricDefinition]] = [:]
    for task in evaluations.flatMap(\.1) where metrics[task.task] == nil {
      metrics[task.task] = try task.metrics.map { scores in
        let score = try Metrics.scoring(scores.aggregation)
        return MetricDefinition(
          name: scores.name, higherIsBetter: scores.higherIsBetter, parts: scores.parts.first?.count ?? 0,
          score: score)
      }
    }
    var table = try ScoreTable(
      tasks: plan.tasks.map { ScoredTask(name: $0.name, category: $0.category) }, unitKind: plan.units,
      estimand: plan.points?[point].estimand ?? plan.estimand, metrics: metrics, subsets: runs.map(\.subset),
      seeds: runs.compactMap(\.seed))
    for (run, tasks) in evaluations {
      for task in tasks {
        try table.insert(
          ExampleScores(
            exampleIDs: task.exampleIDs, clusterIDs: task.clusters, nll: task.nll, tokens: task.tokens,
            metricParts: Dictionary(uniqueKeysWithValues: task.metrics.map { ($0.name, $0.parts) })),
          subset: run.subset, seed: run.seed, task: task.task)
      }
    }
    return table
  }
}
