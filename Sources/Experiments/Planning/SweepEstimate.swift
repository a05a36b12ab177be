import Foundation
import MTL
import TaskAffinity

/// What a sweep will take, before anything starts.
public struct SweepEstimate: Codable, Sendable {
  /// One run.
  public struct Run: Codable, Sendable {
    /// Its id.
    public var id: String
    /// Its point of the grid, subset and seed, for people.
    public var title: String
    /// Whether it is there already.
    public var finished: Bool
    /// The work.
    public var size: RunSize
    /// Seconds on all cores.
    public var seconds: Double
  }
  /// Where the speed comes from.
  public enum Source: String, Codable, Sendable {
    /// Finished runs in the folder.
    case finishedRuns = "finished runs"
    /// A measurement with this base and these data.
    case measured = "a short measurement"
    /// The machine's matrix products, which training does not quite reach.
    case bound = "the machine's matrix products"
  }
  /// The sweep's name.
  public var name: String
  /// All runs.
  public var runs: [Run]
  /// Units of ``RunSize/work`` a second.
  public var workPerSecond: Double
  /// Where that comes from.
  public var source: Source
  /// Of the runs that are not finished.
  public var secondsLeft: Double
  /// Of the runs that are not finished: what their files take.
  public var bytes: Int
  /// Of the checkpoints of the runs that go on at once.
  public var checkpointBytes: Int
  /// The seeds that are needed, where there was a pilot.
  public var power: PilotPower?

  /// An estimate at a speed.
  public init(_ sweep: Sweep, in folder: SweepFolder?, speed: Double, source: Source, jobs: Int) {
    name = sweep.name
    workPerSecond = speed
    self.source = source
    runs = sweep.runs.map { run in
      let finished = folder.map { (try? $0.isFinished(run.id, evaluations: run.evaluations)) == true } ?? false
      return Run(
        id: run.id, title: run.title, finished: finished, size: run.size,
        seconds: speed > 0 ? run.size.work / speed : 0)
    }
    let left = runs.filter { !$0.finished }
    // The largest run needs about all of what runs share.
    let shared = left.map(\.size.sharedWork).max() ?? 0
    secondsLeft = left.reduce(0) { $0 + $1.seconds } + (speed > 0 ? shared / speed : 0)
    bytes = left.reduce(0) { $0 + $1.size.fileBytes }
    checkpointBytes = left.map(\.size.checkpointBytes).sorted(by: >).prefix(jobs).reduce(0, +)
  }
}

extension SweepFolder {
  /// Work a second of the finished runs of a plan, each by itself; nil where there is none.
  ///
  /// Runs that went on at once shared the cores, so this is their speed together only where they had them all.
  public func recordedSpeed(_ plan: Plan) -> Double? {
    var (work, seconds) = (0.0, 0.0)
    for run in plan.runs {
      guard let size = run.size, let time = recordedSeconds(run.id) else { continue }
      work += size.work
      seconds += time
    }
    return seconds > 0 ? work / seconds : nil
  }

  /// Seconds that a finished run took, training and scoring, in shares of all cores; nil where it does not say.
  func recordedSeconds(_ id: String) -> Double? {
    guard FileManager.default.fileExists(atPath: runPath(id)), let record = try? RunFile.read(runPath(id)),
      record.isFinished, let scoring = record.environment[RunExecutor.secondsKey].flatMap(Double.init)
    else { return nil }
    let share = record.environment[RunExecutor.shareKey].flatMap(Double.init) ?? 1
    return share * (record.history.reduce(0) { $0 + $1.seconds } + scoring)
  }
}

extension Sweep {
  /// Measures the speed of training and scoring on a few batches of the largest run; nothing is kept.
  ///
  /// - Returns: ``RunSize/work`` a second.
  /// - Throws: `FormatError`, `TrainingError`, `TaskError`.
  public func measure(on pool: WorkerPool, steps: Int = 2) throws -> Double {
    guard let run = runs.max(by: { $0.size.work < $1.size.work }), let lora = run.planned.settings.lora,
      let training = run.planned.settings.training
    else { return 0 }
    let point = points[run.points[0]]
    let specification = point.plan.specification
    let model = try LanguageModel(
      point.source, storage: specification.baseStorage, compute: specification.baseCompute)
    let trainer = try Trainer(
      model: model, adapter: Adapter(settings: lora, configuration: model.configuration, seed: 0),
      data: try point.data.trainingData(run.planned.settings), settings: training, pool: pool)
    var (tokens, seconds) = (0, 0.0)
    for _ in 0..<min(steps, trainer.stepCount) {
      let step = try trainer.step()
      tokens += step.tokens
      seconds += step.seconds
    }
    // Nothing is kept here, so the layers below the adapters are computed every time.
    let share = point.data.adaptedShare
    return seconds > 0 ? Double(tokens) * (2.5 * share + 1 - share) / seconds : 0
  }
}
