import Foundation
import MTL

/// Does runs of a sweep in this process, each under its lease.
public final class RunWorker: Sendable {
  private let sweep: Sweep
  private let runs: [String: Sweep.Run]
  private let folder: SweepFolder
  private let contexts: ContextStore
  private let leases: LeaseFolder
  private let keeper: LeaseKeeper
  private let checkpointSeconds: Double

  /// A worker. A lease without a heartbeat for `leaseSeconds` may be taken over by others.
  public init(
    sweep: Sweep, folder: SweepFolder, contexts: ContextStore, checkpointSeconds: Double = 60,
    leaseSeconds: Double = 60
  ) {
    self.sweep = sweep
    self.folder = folder
    self.contexts = contexts
    self.checkpointSeconds = checkpointSeconds
    runs = Dictionary(uniqueKeysWithValues: sweep.runs.map { ($0.id, $0) })
    leases = LeaseFolder(folder.leasesPath, seconds: leaseSeconds)
    keeper = LeaseKeeper(period: leaseSeconds / 6)
  }

  /// Does a run, unless it is done or another process does it. `pool` is called once it is to be computed, and has that
  /// share of the machine's cores.
  public func work(_ id: String, share: Double, pool: () -> WorkerPool, report: (RunEvent) -> Void) -> RunOutcome {
    guard let run = runs[id] else { return .failed("\(SweepError.unknownRun(id, folder: folder.path))") }
    let lease: Lease
    do { lease = try leases.acquire(id) } catch LeaseFolder.Taken.by(let holder) {
      return .taken(holder.map { "\($0.host), process \($0.pid)" })
    } catch {
      return .failed("\(error)")
    }
    keeper.keep(lease)
    defer { keeper.drop(lease) }
    do {
      // It may have been finished between looking and taking. A damaged file counts as none; it is set aside below.
      if (try? folder.isFinished(id, evaluations: run.evaluations)) != true {
        try execute(run, pool(), share, lease, report)
      }
      lease.finish()
      return .finished
    } catch TrainingError.interrupted {
      lease.release()
      return .interrupted
    } catch SweepError.leaseLost {
      return .taken(nil)
    } catch {
      let reason = "\(error)"
      folder.add(reason, to: id)
      lease.release()
      return .failed(reason)
    }
  }

  private func execute(
    _ run: Sweep.Run, _ pool: WorkerPool, _ share: Double, _ lease: Lease, _ report: (RunEvent) -> Void
  ) throws {
    let executor = RunExecutor(
      context: try contexts.context(run.points[0]), run: run, folder: folder, pool: pool,
      checkpointSeconds: checkpointSeconds, share: share, isHeld: { lease.isHeld })
    var progress = RunProgress(run.size, tasks: run.evaluations.count)
    try executor.execute { event in
      progress.note(event)
      lease.setProgress(progress.fraction)
      report(event)
    }
  }
}

/// The share of a run's work that is done.
struct RunProgress {
  private let size: RunSize
  private let taskWork: Double
  private let trainingWork: Double
  private var done = 0.0

  init(_ size: RunSize, tasks: Int) {
    self.size = size
    let evaluation = Double(size.evaluationTokens + 3 * size.generatedTokens)
    // Of the whole, scoring is what training is not; without training it is all.
    let share = size.steps == 0 ? 1 : min(0.9, evaluation / max(1, size.work))
    taskWork = share / Double(max(1, tasks))
    trainingWork = 1 - share
  }

  /// From 0 to 1.
  var fraction: Double { min(1, done) }

  mutating func note(_ event: RunEvent) {
    switch event {
    case .began(let history, let steps): done = trainingWork * Double(history.count) / Double(max(1, steps))
    case .step(let step, let steps): done = trainingWork * Double(step.step) / Double(max(1, steps))
    case .scored: done += taskWork
    case .reached(let share): done = share
    case .finished: done = 1
    case .notice: break
    }
  }
}
