import Foundation
import MTL

/// A run that a task of a job array does.
struct FollowedRun {
  let token: String
  let index: Int
  let jobID: String
  /// How it was when it was submitted.
  let before: RunState
  /// Since when its job is over and has said that it went well, though there is no file yet.
  var overSince: ContinuousClock.Instant?

  init(_ token: String, _ index: Int, jobID: String, _ before: RunState) {
    self.token = token
    self.index = index
    self.jobID = jobID
    self.before = before
  }

  var label: String { "\(jobID)_\(index)" }
}

/// How far a run is by its files.
struct RunState: Equatable {
  /// What tells one version of the run's file from another; nil where there is none.
  var file: [Int]?
  /// Reasons kept.
  var failures: Int
  /// Steps trained.
  var steps: Int
  /// Tasks scored.
  var scored: Int
}

/// The queue, to be asked by wave and index.
struct SlurmListing {
  private var tasks: [String: [Int: SlurmTask]] = [:]

  init(_ all: [SlurmTask]) {
    for task in all {
      guard let token = SlurmWave.token(ofJob: task.name) else { continue }
      // A task that goes on counts before one that is over, should two have one name.
      if let other = tasks[token]?[task.index], !other.isOver { continue }
      tasks[token, default: [:]][task.index] = task
    }
  }

  subscript(token: String, index: Int) -> SlurmTask? { tasks[token]?[index] }

  /// The job of a wave, where it is there.
  func jobID(of token: String) -> String? { tasks[token]?.values.first?.jobID }
}

extension SlurmExecutor {
  /// Seconds for a file to become visible here that a node has written.
  private static var fileSystemPatience: Double { 60 }

  func state(of id: String) -> RunState {
    var state = RunState(file: stamp(folder.runPath(id)), failures: folder.failures(of: id).count, steps: 0, scored: 0)
    // Damaged ones are set aside by whoever does the run.
    if let (_, evaluation, history) = try? RunFile.readResults(folder.checkpointPath(id)) {
      (state.steps, state.scored) = (history.count, evaluation.count)
    }
    return state
  }

  private func stamp(_ path: String) -> [Int]? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return [Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
  }

  /// Runs whose files have come, whatever Slurm says.
  func finishedByFile() -> [ExecutorEvent] {
    // Asks a network file system for what is new.
    _ = try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/runs")
    return followed.keys.sorted().flatMap { id -> [ExecutorEvent] in
      let file = stamp(folder.runPath(id))
      return file != nil && file != followed[id]?.before.file ? finished(id) : []
    }
  }

  /// Ends a run whose file is there and complete; otherwise nothing.
  private func finished(_ id: String) -> [ExecutorEvent] {
    guard (try? folder.isFinished(id, evaluations: runs[id]?.evaluations ?? [:])) == true,
      let record = try? RunFile.read(folder.runPath(id))
    else { return [] }
    followed[id] = nil
    fruitless[id] = nil
    return [.progress(id, .finished(record)), .ended(id, .finished)]
  }

  /// A run whose task is over, or not in the queue any more.
  func ended(_ id: String, _ run: FollowedRun, _ task: SlurmTask?) -> [ExecutorEvent] {
    let events = finished(id)
    if !events.isEmpty { return events }
    let now = state(of: id)
    if now.failures > run.before.failures, let reason = folder.failures(of: id).last?.reason {
      followed[id] = nil
      return [.ended(id, .failed(reason))]
    }
    if task?.state == "COMPLETED" {
      let since = run.overSince ?? .now
      followed[id]?.overSince = since
      if ContinuousClock.now - since < .seconds(Self.fileSystemPatience) { return [] }
    }
    followed[id] = nil
    let title = runs[id]?.title ?? id
    var place =
      task.map { "job \(run.label) ended with \($0.state)" } ?? "job \(run.label) is not in the queue any more"
    if let nodes = task?.nodes, !nodes.isEmpty { place += " on \(nodes)" }
    let hasGotFurther = (now.steps, now.scored) > (run.before.steps, run.before.scored)
    let count = hasGotFurther ? 0 : fruitless[id, default: 0] + 1
    fruitless[id] = count
    if count >= Self.fruitlessLimit {
      fruitless[id] = nil
      let reason =
        "\(place), the \(count)th time that it got no further; see \(SlurmWave.log(token: run.token, run.index, in: folder))"
      folder.add(reason, to: id)
      return [.ended(id, .failed(reason))]
    }
    let step = now.steps > 0 ? " from step \(now.steps)" : ""
    return [.notice("\(title): \(place), and is submitted again\(step)"), .ended(id, .interrupted)]
  }
}
