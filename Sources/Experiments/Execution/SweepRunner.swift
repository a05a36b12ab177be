import Foundation
import MTL

/// How far a sweep is.
public struct SweepProgress: Sendable {
  /// Runs that are done, those found done included.
  public var finishedRuns: Int
  /// Runs in all.
  public var totalRuns: Int
  /// The share of the work of this session that is done.
  public var fraction: Double
  /// Seconds left at the pace so far; nil while there is nothing to judge by.
  public var secondsLeft: Double?
  /// What is going on.
  public var activity: String
}

/// Does the runs of a sweep on this machine, one after another, each on all workers.
public final class SweepRunner {
  private let context: RunContext
  private let folder: SweepFolder
  private let start = Date()
  private var done = 0.0
  private var total = 0.0
  private var finished = 0

  /// A runner that keeps results in `folder`.
  public init(context: RunContext, folder: SweepFolder) {
    self.context = context
    self.folder = folder
  }

  /// Whether a run's file is there and complete.
  ///
  /// - Throws: `FormatError` for a damaged file.
  public static func isFinished(_ run: PlannedRun, in folder: SweepFolder, tasks: [String]) throws -> Bool {
    let path = folder.runPath(run.id)
    guard FileManager.default.fileExists(atPath: path) else { return false }
    let (summary, evaluation) = try RunFile.readEvaluation(path)
    return summary.isFinished && tasks.allSatisfy { task in evaluation.contains { $0.task == task } }
  }

  /// Does what is not done. A run that fails does not keep the others from being done.
  ///
  /// - Throws: ``SweepError/interrupted(finished:total:)`` when `shouldStop` became true, ``SweepError/failedRuns(_:)``.
  public func run(shouldStop: () -> Bool, report: (SweepProgress) -> Void) throws {
    let tasks = context.plan.tasks.map(\.name)
    let runs = context.plan.runs
    let waiting = try runs.filter { !(try Self.isFinished($0, in: folder, tasks: tasks)) }
    finished = runs.count - waiting.count
    total = try waiting.reduce(0) { $0 + (try cost(of: $1)) }
    var failures: [String] = []
    for run in waiting {
      report(progress(run.title))
      do {
        try execute(run, shouldStop: shouldStop, report: report)
        finished += 1
        report(progress(run.title))
      } catch TrainingError.interrupted {
        throw SweepError.interrupted(finished: finished, total: runs.count)
      } catch {
        failures.append("\(run.title): \(error)")
      }
    }
    if !failures.isEmpty { throw SweepError.failedRuns(failures) }
  }

  private func execute(
    _ run: PlannedRun, shouldStop: () -> Bool, report: (SweepProgress) -> Void
  ) throws {
    let before = done
    let cost = try cost(of: run)
    let evaluation = evaluationCost / Double(max(1, context.evaluationSets.count))
    let executor = RunExecutor(context: context, path: folder.runPath(run.id))
    try executor.execute(run, shouldStop: shouldStop) { event in
      switch event {
      case .step(let step, let count):
        done += (cost - evaluationCost) / Double(count)
        let loss = String(format: "%.3f", step.loss)
        report(progress("\(run.title): step \(step.step)/\(count), loss \(loss)"))
      case .scored(let task):
        done += evaluation
        report(progress("\(run.title): scored \(task)"))
      }
    }
    done = before + cost
  }

  private func progress(_ activity: String) -> SweepProgress {
    let fraction = total > 0 ? min(1, done / total) : 1
    let elapsed = Date().timeIntervalSince(start)
    return SweepProgress(
      finishedRuns: finished, totalRuns: context.plan.runs.count, fraction: fraction,
      secondsLeft: done > 0 ? elapsed * (total - done) / done : nil, activity: activity)
  }

  /// Work in tokens of a forward pass through all layers, about: a training step is worth two and a half, through the
  /// adapted layers only where the states below are kept; a token that is generated, three.
  private func cost(of run: PlannedRun) throws -> Double {
    guard run.settings.training != nil else { return evaluationCost }
    let data = try context.trainingData(run.settings)
    let tokens = data.epochs.joined().reduce(0) { $0 + data.examples[$1].sequence.ids.count }
    return evaluationCost + 2.5 * adaptedShare * Double(tokens)
  }

  private var adaptedShare: Double {
    let layers = context.model.configuration.layerCount
    guard case .top(let count) = context.plan.specification.lora.layers else { return 1 }
    return Double(min(count, layers)) / Double(layers)
  }

  private var evaluationCost: Double {
    context.evaluationSets.reduce(0) { sum, set in
      // Generation needs every layer's keys and values.
      let share = set.generatedTokenLimit > 0 ? 1 : adaptedShare
      return sum + share * Double(set.tokenCount) + 3 * Double(set.generatedTokenLimit)
    }
  }
}
