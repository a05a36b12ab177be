import Foundation
import MTL
import TaskAffinity

/// All that exporters draw from: a sweep's plan and the results of its runs, read without a model.
public struct SweepResults: Sendable {
  /// One run of the plan and what is known of it.
  public struct Run: Sendable {
    /// The run as planned.
    public var planned: SweepFolder.Plan.Run
    /// `waiting`, `training`, `finished` or `damaged`.
    public var state: String
    /// Settings, digests and environment; nil where there is no readable file.
    public var summary: RunSummary?
    /// Scores; empty unless the run is finished.
    public var evaluation: [TaskEvaluation]
    /// One entry an optimizer step.
    public var history: [TrainingStep]

    /// For people: the subset and the seed.
    public var title: String { planned.seed.map { "\(planned.subset) seed \($0)" } ?? "\(planned.subset)" }
  }

  /// Where the sweep is.
  public let folder: SweepFolder
  /// The point of the grid that was read; empty where there is no grid.
  public let pointLabel: String
  /// The plan.
  public let plan: SweepFolder.Plan
  /// The specification as it was run.
  public let specification: String
  /// The runs in the plan's order.
  public let runs: [Run]
  /// The scores of the finished runs.
  public let table: ScoreTable
  /// The test examples of each task, where the folder has them.
  public let examples: [String: [KeptExample]]
  /// The base, as the specification names it; empty in folders of older versions.
  public let baseName: String

  /// Reads a sweep's folder; runs that are missing, unfinished or damaged are gaps, not errors. Of a sweep with a grid
  /// one point is read, which its label names; of the latest sweep unless another is named.
  ///
  /// - Throws: ``SweepError``, `FormatError`, `AffinityError`, `MetricError`.
  public init(_ folder: SweepFolder, point label: String? = nil, sweep: String? = nil) throws {
    let plan = try folder.plan(of: sweep)
    let point = try SweepFolder.point(label, of: plan)
    self.folder = folder
    self.plan = plan
    pointLabel = plan.points?[point].label ?? ""
    specification =
      FileManager.default.contents(atPath: folder.specificationPath(of: sweep)).map {
        String(decoding: $0, as: UTF8.self)
      } ?? ""
    let names = Set(plan.tasks.map(\.name))
    runs = plan.runs.filter { $0.points?.contains(point) ?? true }.map { run in
      let path = folder.runPath(run.id)
      var result = Run(planned: run, state: "waiting", summary: nil, evaluation: [], history: [])
      guard FileManager.default.fileExists(atPath: path) else {
        if FileManager.default.fileExists(atPath: folder.checkpointPath(run.id)) { result.state = "training" }
        return result
      }
      guard let results = try? RunFile.readResults(path), results.summary.runID == run.id else {
        result.state = "damaged"
        return result
      }
      result.state = results.summary.isFinished ? "finished" : "training"
      result.summary = results.summary
      result.history = results.history
      // A run that sweeps share may be scored on tasks of another.
      if results.summary.isFinished { result.evaluation = results.evaluation.filter { names.contains($0.task) } }
      return result
    }
    table = try SweepFolder.table(
      plan, point: point, runs: runs.map(\.planned),
      runs.filter { $0.state == "finished" }.map { ($0.planned, $0.evaluation) })
    baseName = plan.points?[point].base ?? ""
    var digests: [String: String] = [:]
    for run in runs { digests.merge(run.planned.evaluations ?? [:]) { first, _ in first } }
    examples = digests.mapValues { folder.examples($0) }
  }

  /// SHA-256 of the specification's text.
  public var specificationDigest: String { RunIdentity.digest(of: specification) }

  /// The runs that are not finished.
  public var gaps: [Run] { runs.filter { $0.state != "finished" } }

  /// `complete: 8 of 8 runs are finished`, or `UNFINISHED: ...`.
  public var completeness: String {
    "\(gaps.isEmpty ? "complete" : "UNFINISHED"): \(runs.count - gaps.count) of \(runs.count) runs are finished"
  }

  /// The names of all metrics, in order of first appearance, without the loss.
  var metricNames: [String] {
    var names: [String] = []
    for task in plan.tasks {
      for metric in table.metrics[task.name] ?? [] where !names.contains(metric.name) { names.append(metric.name) }
    }
    return names
  }
}
