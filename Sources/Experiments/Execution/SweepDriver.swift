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

/// What a driver tells while a sweep goes on.
public enum SweepEvent: Sendable {
  /// How far it is.
  case progress(SweepProgress)
  /// Something that people should know: a sentence.
  case notice(String)
  /// Of one run.
  case run(Sweep.Run, RunEvent)
}

/// Has the runs of a sweep done: those that are not, again those that failed, and waits for those that others do.
public final class SweepDriver {
  private let sweep: Sweep
  private let folder: SweepFolder
  private let executor: any Executor
  private let retries: Int
  private let start = ContinuousClock.now
  private var waiting: [String] = []
  private var running: [String: RunProgress] = [:]
  /// Done by others, as it seems; looked at again from time to time.
  private var elsewhere: [String] = []
  private var runs: [String: Sweep.Run] = [:]
  private var attempts: [String: Int] = [:]
  private var failures: [String: String] = [:]
  private var finished = 0
  private var total = 0
  private var done = 0.0
  private var work = 0.0
  private var lastLook = ContinuousClock.now

  /// A driver that has a run that fails tried again `retries` times.
  public init(sweep: Sweep, folder: SweepFolder, executor: any Executor, retries: Int = 0) {
    self.sweep = sweep
    self.folder = folder
    self.executor = executor
    self.retries = retries
  }

  /// Has the runs done; all, or those of the ids.
  ///
  /// - Throws: ``SweepError/interrupted(finished:total:)`` once `stop` is raised, ``SweepError/failedRuns(_:)`` after all
  ///   others are done, ``SweepError/unknownRun(_:folder:)``.
  public func run(only ids: [String]? = nil, stop: StopFlag, report: (SweepEvent) -> Void) throws {
    runs = Dictionary(uniqueKeysWithValues: sweep.runs.map { ($0.id, $0) })
    if let unknown = ids?.first(where: { runs[$0] == nil }) {
      throw SweepError.unknownRun(unknown, folder: folder.path)
    }
    let wanted = ids ?? Self.order(sweep)
    waiting = wanted.filter { id in
      // A damaged file is done again; whoever takes the run reports it.
      (try? folder.isFinished(id, evaluations: runs[id]?.evaluations ?? [:])) != true
    }
    (total, finished) = (wanted.count, wanted.count - waiting.count)
    work = waiting.reduce(0) { $0 + (runs[$1]?.size.work ?? 0) }
    try executor.prepare(waiting)
    var hasStopped = false
    while !waiting.isEmpty || !running.isEmpty || !elsewhere.isEmpty {
      if stop.isRequested, !hasStopped {
        executor.stop()
        hasStopped = true
      }
      if hasStopped, running.isEmpty { throw SweepError.interrupted(finished: finished, total: total) }
      if !hasStopped { try submit(report) }
      for event in try executor.collect(timeout: .milliseconds(200)) { handle(event, report) }
    }
    if stop.isRequested, finished < total, failures.isEmpty {
      throw SweepError.interrupted(finished: finished, total: total)
    }
    let reasons = wanted.compactMap { id in failures[id].map { "\(runs[id]?.title ?? id): \($0)" } }
    if !reasons.isEmpty { throw SweepError.failedRuns(reasons) }
  }

  /// All ids, the runs of one base after another, so that each base is read once.
  private static func order(_ sweep: Sweep) -> [String] {
    let bases = sweep.points.map { "\($0.plan.specification.baseStorage) \($0.source.path)" }
    let ranks = sweep.runs.map { run in bases.firstIndex(of: bases[run.points[0]]) ?? 0 }
    return sweep.runs.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.map { sweep.runs[$0].id }
  }

  private func submit(_ report: (SweepEvent) -> Void) throws {
    if !elsewhere.isEmpty, ContinuousClock.now - lastLook > .seconds(1) {
      lastLook = .now
      waiting += elsewhere
      elsewhere = []
    }
    while running.count < executor.capacity, !waiting.isEmpty {
      let id = waiting.removeFirst()
      guard let run = runs[id] else { continue }
      running[id] = RunProgress(run.size, tasks: run.evaluations.count)
      try executor.submit(id)
    }
  }

  private func handle(_ event: ExecutorEvent, _ report: (SweepEvent) -> Void) {
    switch event {
    case .progress(let id, let event):
      guard let run = runs[id] else { return }
      running[id]?.note(event)
      if case .notice(let text) = event { report(.notice(text)) }
      report(.run(run, event))
      // Of many runs at once: what they are together is said by the executor.
      if case .reached = event { return }
      report(.progress(progress(describe(run, event))))
    case .ended(let id, let outcome):
      running[id] = nil
      guard let run = runs[id] else { return }
      end(run, outcome, report)
    case .activity(let text): report(.progress(progress(text)))
    case .notice(let text): report(.notice(text))
    }
  }

  private func end(_ run: Sweep.Run, _ outcome: RunOutcome, _ report: (SweepEvent) -> Void) {
    switch outcome {
    case .finished:
      finished += 1
      done += run.size.work
      report(.progress(progress(run.title)))
    case .taken(let place):
      if attempts[run.id] == nil {
        attempts[run.id] = 0
        report(.notice("\(run.title) is done by another process\(place.map { " (\($0))" } ?? "")"))
      }
      elsewhere.append(run.id)
    case .failed(let reason):
      attempts[run.id, default: 0] += 1
      if attempts[run.id, default: 0] <= retries {
        report(.notice("\(run.title) failed and is tried again: \(reason)"))
        waiting.append(run.id)
      } else {
        failures[run.id] = reason
        report(.notice("\(run.title) failed: \(reason)"))
      }
    case .interrupted:
      waiting.append(run.id)
    }
  }

  private func describe(_ run: Sweep.Run, _ event: RunEvent) -> String {
    let text =
      switch event {
      case .began: run.title
      case .step(let step, let count):
        "\(run.title): step \(step.step)/\(count), loss " + String(format: "%.3f", step.loss)
      case .scored(let task): "\(run.title): scored \(task)"
      case .finished, .reached, .notice: run.title
      }
    return running.count > 1 ? "\(running.count) going on, \(text)" : text
  }

  private func progress(_ activity: String) -> SweepProgress {
    let begun = running.reduce(0.0) { $0 + $1.value.fraction * (runs[$1.key]?.size.work ?? 0) }
    let ready = done + begun
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    // The first steps also load the base and compute the states below the adapters: nothing to judge by.
    let isJudged = ready > 0.02 * work
    return SweepProgress(
      finishedRuns: finished, totalRuns: total, fraction: work > 0 ? min(1, ready / work) : 1,
      secondsLeft: isJudged ? elapsed * max(0, work - ready) / ready : nil, activity: activity)
  }
}
