import Foundation
import MTL

/// Where a sweep is, from its folder alone.
public struct SweepStatus: Codable, Sendable {
  /// A run's state.
  public enum State: String, Codable, Sendable {
    /// Its file is there.
    case finished
    /// A process does it.
    case running
    /// The last attempt failed.
    case failed
    /// It is to be done, or to be gone on with.
    case waiting
    /// Its file is damaged; it will be done again.
    case damaged
  }
  /// One run.
  public struct Run: Codable, Sendable {
    /// Its id.
    public var id: String
    /// What it is trained on.
    public var subset: [String]
    /// Its seed; nil for the base.
    public var seed: Int?
    /// The grid's settings of its first point; empty where there is no grid.
    public var point: String
    /// Where it is.
    public var status: State
    /// The share that is done, of one that is running.
    public var progress: Double?
    /// Who does it.
    public var holder: String?
    /// Why it failed, each time.
    public var failures: [String]
  }
  /// The sweep's name.
  public var name: String
  /// How many runs are in each state.
  public var finished: Int
  public var running: Int
  public var failed: Int
  public var waiting: Int
  /// At the speed of the finished runs; nil where there is none.
  public var secondsLeft: Double?
  /// All runs.
  public var runs: [Run]
}

extension SweepFolder {
  /// Where the latest sweep of the folder is.
  ///
  /// - Throws: ``SweepError/noSweep(folder:)``, `FormatError.damaged`.
  public func status() throws -> SweepStatus {
    let plan = try plan()
    let leases = LeaseFolder(leasesPath)
    let runs = plan.runs.map { run in
      let failures = failures(of: run.id).map(\.reason)
      var status = SweepStatus.Run(
        id: run.id, subset: run.subset.units, seed: run.seed,
        point: run.subset.isBase ? "" : run.points?.first.flatMap { plan.points?[$0].label } ?? "", status: .waiting,
        failures: failures)
      if let (holder, progress) = leases.holder(of: run.id) {
        status.status = .running
        status.progress = progress
        status.holder = "\(holder.host), process \(holder.pid)"
      } else {
        do {
          if try isFinished(run.id, evaluations: run.evaluations ?? [:]) {
            status.status = .finished
          } else if !failures.isEmpty {
            status.status = .failed
          }
        } catch { status.status = .damaged }
      }
      return status
    }
    func count(_ state: SweepStatus.State) -> Int { runs.count { $0.status == state } }
    return SweepStatus(
      name: plan.name, finished: count(.finished), running: count(.running), failed: count(.failed),
      waiting: count(.waiting) + count(.damaged), secondsLeft: secondsLeft(plan, runs), runs: runs)
  }

  private func secondsLeft(_ plan: Plan, _ runs: [SweepStatus.Run]) -> Double? {
    let works = plan.runs.map { $0.size?.work ?? 0 }
    let left = zip(runs, works).reduce(0.0) { sum, run in
      run.0.status == .finished ? sum : sum + run.1 * (1 - (run.0.progress ?? 0))
    }
    if left == 0 { return 0 }
    guard let speed = recordedSpeed(plan), speed > 0 else { return nil }
    return left / speed
  }
}
