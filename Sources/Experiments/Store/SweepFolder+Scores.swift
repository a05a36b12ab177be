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
  /// which its label names; of the latest sweep unless another is named.
  ///
  /// - Throws: `AffinityError`, ``SweepError``, `FormatError` for a damaged run file, `MetricError` for a metric that is
  ///   not known.
  public func scores(point label: String? = nil, sweep: String? = nil) throws -> ScoreTable {
    let plan = try plan(of: sweep)
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

extension SweepFolder {
  /// Minus the held-out loss of every task, of the finished runs of a point with a seed, those of the base left out.
  ///
  /// - Throws: `FormatError` for a damaged run file.
  public func trainedScores(_ plan: Plan, point: Int, seed: Int) throws -> TrainedScores {
    let layout = TaskLayout(
      tasks: plan.tasks.map { ScoredTask(name: $0.name, category: $0.category) }, unitKind: plan.units)
    var scores: [Subset: [Double?]] = [:]
    for run in plan.runs where run.seed == seed && run.points?.contains(point) ?? true {
      guard FileManager.default.fileExists(atPath: runPath(run.id)) else { continue }
      let (summary, evaluation) = try RunFile.readEvaluation(runPath(run.id))
      if !summary.isFinished { continue }
      scores[run.subset] = plan.tasks.map { task in
        guard let own = evaluation.first(where: { $0.task == task.name }) else { return nil }
        let tokens = own.tokens.reduce(0, +)
        return tokens > 0 ? -own.nll.reduce(0, +) / Double(tokens) : nil
      }
    }
    return TrainedScores(layout: layout, scores: scores)
  }

  /// Where estimates are kept.
  func estimatesPath(_ sweep: String, _ point: Int) -> String {
    "\(path)/affinity/\(Self.fileName(sweep))\(point == 0 ? "" : "-\(point)").estimates.json"
  }

  /// Keeps estimates of affinity.
  ///
  /// - Throws: `FormatError.unwritable`, `EncodingError`.
  public func write(_ estimates: AffinityEstimates, point: Int) throws {
    let json = try RunIdentity.canonicalJSON(estimates)
    try AtomicFile.write(to: estimatesPath(estimates.sweep, point)) { try $0.write(Data(json.utf8)) }
  }

  /// The estimates of a sweep.
  ///
  /// - Throws: ``SweepError/noEstimates(folder:)``, `FormatError.damaged`.
  public func estimates(_ plan: Plan, point: Int) throws -> AffinityEstimates {
    let path = estimatesPath(plan.name, point)
    guard let data = FileManager.default.contents(atPath: path) else { throw SweepError.noEstimates(folder: self.path) }
    do { return try JSONDecoder().decode(AffinityEstimates.self, from: data) } catch {
      throw FormatError.damaged(
        path: path, reason: "it does not hold estimates; `mtl affinity estimate` makes it again")
    }
  }
}
