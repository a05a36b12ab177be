import Foundation
import MTL
import TaskAffinity

/// The folder of a sweep: `plan.json` says which runs belong to it, `runs/<id>.h5` holds each.
public struct SweepFolder: Sendable {
  /// The folder.
  public let path: String

  /// A folder, which need not be there.
  public init(_ path: String) { self.path = path }

  /// Where a run's file is.
  public func runPath(_ id: String) -> String { path + "/runs/" + id + ".h5" }

  /// What later commands need to know of a sweep, without its model and data.
  public struct Plan: Codable, Sendable, Hashable {
    /// A run.
    public struct Run: Codable, Sendable, Hashable {
      /// Its id.
      public var id: String
      /// What it is trained on.
      public var subset: Subset
      /// Its seed; nil for the base.
      public var seed: Int?
    }
    /// A task that every run is scored on.
    public struct Task: Codable, Sendable, Hashable {
      /// Its name.
      public var name: String
      /// Its category.
      public var category: String
    }
    /// The sweep's name.
    public var name: String
    /// What subsets are made of.
    public var units: UnitKind
    /// Whether more units mean more steps.
    public var estimand: Estimand
    /// The tasks.
    public var tasks: [Task]
    /// The runs, the base first.
    public var runs: [Run]
  }

  private var planPath: String { path + "/plan.json" }

  /// The plan kept in the folder.
  ///
  /// - Throws: ``SweepError/noSweep(folder:)``, `FormatError.damaged`.
  public func plan() throws -> Plan {
    guard let data = FileManager.default.contents(atPath: planPath) else { throw SweepError.noSweep(folder: path) }
    do { return try JSONDecoder().decode(Plan.self, from: data) } catch {
      throw FormatError.damaged(path: planPath, reason: "it is not the plan of a sweep")
    }
  }

  /// Makes the folder and keeps the plan and a copy of the specification in it.
  ///
  /// - Throws: `FormatError.unwritable`.
  public func prepare(_ plan: SweepPlan, specification text: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path + "/runs", withIntermediateDirectories: true)
    } catch { throw FormatError.unwritable(path: path, reason: error.localizedDescription) }
    let kept = Plan(
      name: plan.specification.name, units: plan.specification.units, estimand: .equalExposure,
      tasks: plan.tasks.map { .init(name: $0.name, category: $0.category) },
      runs: plan.runs.map { .init(id: $0.id, subset: $0.settings.subset, seed: $0.settings.seed) })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let json = try encoder.encode(kept)
    try AtomicFile.write(to: planPath) { try $0.write(json) }
    try AtomicFile.write(to: path + "/sweep.yaml") { try $0.write(Data(text.utf8)) }
  }

  /// Every finished evaluation as a table; what is missing stays missing.
  ///
  /// - Throws: `AffinityError`, `FormatError` for a damaged run file, `MetricError` for a metric that is not known.
  public func scores() throws -> ScoreTable {
    let plan = try plan()
    var evaluations: [(Plan.Run, [TaskEvaluation])] = []
    for run in plan.runs where FileManager.default.fileExists(atPath: runPath(run.id)) {
      let (summary, evaluation) = try RunFile.readEvaluation(runPath(run.id))
      if summary.isFinished { evaluations.append((run, evaluation)) }
    }
    return try Self.table(plan, evaluations)
  }

  /// The table of a plan's evaluations.
  ///
  /// - Throws: `AffinityError`, `MetricError` for a metric that is not known.
  static func table(_ plan: Plan, _ evaluations: [(Plan.Run, [TaskEvaluation])]) throws -> ScoreTable {
    var metrics: [String: [MetricDefinition]] = [:]
    for task in evaluations.flatMap(\.1) where metrics[task.task] == nil {
      metrics[task.task] = try task.metrics.map { scores in
        let metric = try Metrics.named(scores.name)
        return MetricDefinition(
          name: scores.name, higherIsBetter: scores.higherIsBetter, parts: scores.parts.first?.count ?? 0,
          score: { metric.score($0, count: $1) })
      }
    }
    var table = try ScoreTable(
      tasks: plan.tasks.map { ScoredTask(name: $0.name, category: $0.category) }, unitKind: plan.units,
      estimand: plan.estimand, metrics: metrics, subsets: plan.runs.map(\.subset),
      seeds: plan.runs.compactMap(\.seed))
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
  /// `waiting`, `training` (begun, and resumable), `finished` or `damaged`.
  public func status(of id: String) throws -> String {
    guard FileManager.default.fileExists(atPath: runPath(id)) else { return "waiting" }
    guard let (summary, _) = try? RunFile.readEvaluation(runPath(id)) else { return "damaged" }
    return summary.isFinished ? "finished" : "training"
  }
}
