import Foundation
import MTL

/// Has runs done by job arrays of Slurm, and follows them.
///
/// What is submitted together becomes one array, of which each task does one run by `mtl sweep work`. The queue says which
/// tasks are going on; how a run has ended is said by its files alone. A task that is over without its run's file is
/// submitted again, where the run has its checkpoint, up to ``fruitlessLimit`` times without getting further; one whose
/// run has failed is reported as such. Jobs go on without anybody who follows them: whoever follows the sweep next finds
/// them in the queue by the names that lie in the folder (``SlurmWave``), and does not submit their runs again.
///
/// While Slurm cannot be reached it is asked again, ever more seldom, and what the files say is still told.
public final class SlurmExecutor: Executor {
  public let capacity = Int.max
  let folder: SweepFolder
  let settings: SlurmSettings
  let work: SlurmWork
  let client: SlurmClient
  let leases: LeaseFolder
  let runs: [String: Sweep.Run]
  /// Submitted by the driver, not yet in a job.
  var queued: [String] = []
  /// Waves whose submission may have succeeded or not.
  var unsure: [SlurmWave] = []
  /// What is followed, by run.
  var followed: [String: FollowedRun] = [:]
  /// Times a run's job has ended without getting further.
  var fruitless: [String: Int] = [:]
  /// Runs found in the queue, by run.
  private var adopted: [String: FollowedRun] = [:]
  private var hasLooked = false
  private var isStopped = false
  private var nextLook = ContinuousClock.now
  /// Looks that have failed one after another, and those of them that gave no queue.
  private var failures = 0
  private var garbled = 0
  /// What has been said already about jobs that wait for nothing.
  private var said: Set<String> = []

  /// How often a run's job may end without the run getting further.
  static let fruitlessLimit = 5

  /// An executor for the runs of a sweep in a folder with an absolute path.
  ///
  /// - Throws: ``SlurmError`` where there is no Slurm.
  public init(sweep: Sweep, folder: SweepFolder, settings: SlurmSettings, work: SlurmWork) throws {
    self.folder = folder
    self.settings = settings
    self.work = work
    client = SlurmClient(folder: work.folder)
    leases = LeaseFolder(folder.leasesPath)
    runs = Dictionary(uniqueKeysWithValues: sweep.runs.map { ($0.id, $0) })
    try client.check()
  }

  public func prepare(_ ids: [String]) {}

  public func submit(_ id: String) { queued.append(id) }

  public func stop() { isStopped = true }

  public func collect(timeout: Duration) throws -> [ExecutorEvent] {
    if isStopped { return end() }
    let now = ContinuousClock.now
    let isIdle = queued.isEmpty && unsure.isEmpty && followed.isEmpty
    if now < nextLook || isIdle {
      Thread.sleep(forTimeInterval: (isIdle ? timeout : min(timeout, nextLook - now)) / .seconds(1))
      return []
    }
    var events = finishedByFile()
    do {
      let queue = SlurmListing(try client.queue())
      events += adopt(queue)
      events += follow(queue)
      events += try submitQueued(queue)
      if failures > 0 { events.append(.notice("Slurm is reached again")) }
      (failures, garbled) = (0, 0)
    } catch SlurmError.unreachable(let said) {
      events += wait(SlurmError.unreachable(said))
    } catch let error as SlurmError {
      guard case .garbled = error, garbled < 2 else { throw error }
      garbled += 1
      events += wait(error)
    }
    let pause = min(max(60, settings.pollSeconds), settings.pollSeconds * Double(1 << min(failures, 10)))
    nextLook = .now + .seconds(pause)
    return events
  }

  /// Counts a look that has failed; says so the first time.
  private func wait(_ error: SlurmError) -> [ExecutorEvent] {
    failures += 1
    return failures == 1 ? [.notice("\(error); it is asked again, and jobs go on meanwhile")] : []
  }

  /// Follows the runs that are in the queue already instead of submitting them.
  private func adopt(_ queue: SlurmListing) -> [ExecutorEvent] {
    if !hasLooked {
      hasLooked = true
      for wave in SlurmWave.all(in: folder) {
        for (index, id) in wave.ids.enumerated() where runs[id] != nil {
          guard let task = queue[wave.token, index], !task.isOver, adopted[id] == nil else { continue }
          adopted[id] = FollowedRun(wave.token, index, jobID: task.jobID, state(of: id))
        }
      }
    }
    let found = queued.filter { adopted[$0] != nil }
    if found.isEmpty { return [] }
    let jobs = Set(found.compactMap { adopted[$0]?.jobID }).sorted()
    for id in found { followed[id] = adopted.removeValue(forKey: id) }
    queued.removeAll { followed[$0] != nil }
    return [
      .notice("\(found.count) runs are in the queue already and are followed (jobs \(jobs.joined(separator: ", ")))")
    ]
  }

  /// What goes on in the queue, and what has ended.
  private func follow(_ queue: SlurmListing) -> [ExecutorEvent] {
    var events: [ExecutorEvent] = []
    var (running, waiting) = (0, 0)
    for (id, run) in followed.sorted(by: { $0.key < $1.key }) {
      let task = queue[run.token, run.index]
      guard let task, !task.isOver else {
        events += ended(id, run, task)
        continue
      }
      if task.isStuck, said.insert("\(task.jobID) \(task.reason)").inserted {
        events.append(.notice("job \(task.label) waits: \(task.reason.isEmpty ? task.state : task.reason)"))
      }
      if task.state == "RUNNING" { running += 1 } else { waiting += 1 }
      if let share = leases.holder(of: id)?.progress { events.append(.progress(id, .reached(share))) }
    }
    if running + waiting > 0 {
      events.append(.activity("\(running) running, \(waiting) waiting in the queue"))
    }
    return events
  }

  /// Submits what the driver has submitted, as few arrays.
  private func submitQueued(_ queue: SlurmListing) throws -> [ExecutorEvent] {
    var events: [ExecutorEvent] = []
    var waves = unsure
    unsure = []
    while !queued.isEmpty {
      let wave = SlurmWave(Array(queued.prefix(settings.arraySize)))
      queued.removeFirst(wave.ids.count)
      waves.append(wave)
    }
    for (number, wave) in waves.enumerated() {
      do {
        // One that seemed to fail may have come through.
        let jobID = try queue.jobID(of: wave.token) ?? submit(wave)
        events.append(.notice("job \(jobID): \(wave.ids.count) runs"))
        for (index, id) in wave.ids.enumerated() {
          followed[id] = FollowedRun(wave.token, index, jobID: jobID, state(of: id))
        }
      } catch {
        switch error {
        case SlurmError.unreachable, SlurmError.garbled: unsure = Array(waves[number...])
        case SlurmError.refused(let said) where SlurmClient.isFull(said) && !followed.isEmpty:
          // Some of the jobs that are there will end.
          queued = waves[number...].flatMap(\.ids)
          if self.said.insert("full").inserted { events.append(.notice("\(said); the rest waits until there is room")) }
          return events
        default: throw error
        }
        throw error
      }
    }
    return events
  }

  private func submit(_ wave: SlurmWave) throws -> String {
    try wave.write(in: folder, work: work, settings: settings)
    return try client.submit(wave.arguments(in: folder, work: work, settings: settings))
  }

  /// Reports everything as not ended, and says what becomes of it.
  private func end() -> [ExecutorEvent] {
    let jobs = Set(followed.values.map(\.jobID)).sorted()
    let ids = followed.keys.sorted() + unsure.flatMap(\.ids) + queued
    followed = [:]
    (unsure, queued) = ([], [])
    var events = ids.map { ExecutorEvent.ended($0, .interrupted) }
    if !jobs.isEmpty {
      events.append(
        .notice(
          "the jobs go on without being followed: `mtl sweep status \(folder.path)` shows them, the same command follows "
            + "them again, `scancel \(jobs.joined(separator: " "))` ends them"))
    }
    return events
  }
}
