import Foundation
import MTL

/// Trains and scores one run: its state goes to the checkpoint as it goes on, and the whole to the run's file at the end.
struct RunExecutor {
  /// What all runs share.
  let context: RunContext
  let run: Sweep.Run
  let folder: SweepFolder
  let pool: WorkerPool
  let checkpointSeconds: Double
  /// The share of the machine's cores that it computes on.
  let share: Double
  /// Whether the run is still this process's.
  let isHeld: () -> Bool

  /// Does what is left.
  ///
  /// - Throws: `TrainingError.interrupted` when the pool's flag is raised, with everything done so far in the checkpoint;
  ///   ``SweepError/leaseLost``; and any error of the run.
  func execute(_ report: (RunEvent) -> Void) throws {
    let prior = try earlier(report)
    var (record, adapter) = try trained(prior, report)
    // Scores of a run that goes on from its state stand, as far as they are of the same examples.
    var known: [String: TaskEvaluation] = [:]
    for evaluation in prior?.evaluation ?? [] { known[evaluation.task] = evaluation }
    let evaluator = TaskEvaluator(
      model: context.model, adapter: adapter, format: context.data.format, pool: pool, cache: context.cache)
    let start = ContinuousClock.now
    let before = prior?.environment[Self.secondsKey].flatMap(Double.init) ?? 0
    var saved = start
    func note() {
      let seconds = before + (ContinuousClock.now - start) / .seconds(1)
      record.environment[Self.secondsKey] = String(format: "%.3f", seconds)
      record.environment[Self.shareKey] = String(format: "%.4f", share)
    }
    for set in context.data.evaluationSets {
      let key = SweepFolder.evaluationPrefix + set.task.name
      if let evaluation = known.removeValue(forKey: set.task.name),
        prior?.digests[key] == run.evaluations[set.task.name]
      {
        record.evaluation.append(evaluation)
      } else {
        do { record.evaluation.append(try evaluator.evaluate(set)) } catch is Stopped {
          note()
          try RunFile.write(record, to: folder.checkpointPath(run.id))
          throw TrainingError.interrupted(step: record.history.count)
        }
      }
      record.digests[key] = run.evaluations[set.task.name]
      report(.scored(task: set.task.name))
      if ContinuousClock.now - saved > .seconds(checkpointSeconds) {
        note()
        try RunFile.write(record, to: folder.checkpointPath(run.id))
        saved = .now
      }
    }
    // What another sweep in the folder has scored stays.
    for evaluation in prior?.evaluation ?? [] where known[evaluation.task] != nil {
      let key = SweepFolder.evaluationPrefix + evaluation.task
      record.evaluation.append(evaluation)
      record.digests[key] = prior?.digests[key]
    }
    note()
    // The optimizer's state is for going on; a finished run does not.
    record.optimizer = nil
    record.isFinished = true
    guard isHeld() else { throw SweepError.leaseLost }
    try RunFile.write(record, to: folder.runPath(run.id))
    unlink(folder.checkpointPath(run.id))
    report(.finished(record))
  }

  /// Where a record says how long its evaluation took.
  static let secondsKey = "evaluation-seconds"

  /// Where a record says which share of the machine's cores it had.
  static let shareKey = "core-share"

  /// The adapter and its record, trained to the end.
  private func trained(_ prior: RunRecord?, _ report: (RunEvent) -> Void) throws -> (RunRecord, Adapter?) {
    let settings = run.planned.settings
    let record = RunRecord(
      runID: run.id, settings: try RunIdentity.canonicalJSON(settings), digests: run.planned.digests,
      programVersion: context.programVersion, environment: Environment.current, lora: settings.lora ?? .none,
      adapterTensors: [], isFinished: false)
    guard let lora = settings.lora, let training = settings.training else { return (record, nil) }
    let layout = AdapterLayout(lora, context.model.configuration)
    let data = try context.data.trainingData(settings)
    func checkpointed() throws -> CheckpointedTrainer {
      let trainer = try Trainer(
        model: context.model, adapter: Adapter(layout: layout, seed: training.seed), data: data, settings: training,
        pool: pool, cache: context.cache)
      var checkpointed = CheckpointedTrainer(trainer, record: record, path: folder.checkpointPath(run.id))
      checkpointed.checkpointSeconds = checkpointSeconds
      return checkpointed
    }
    var trainer = try checkpointed()
    if let prior {
      do { try trainer.resume(from: prior) } catch TrainingError.cannotResume(let reason) {
        // Of another type of processor: the result would not be that of one run, so it begins again.
        report(.notice("\(run.title) begins again: \(reason)"))
        trainer = try checkpointed()
      }
    }
    report(.began(history: trainer.trainer.history, steps: trainer.trainer.stepCount))
    if prior?.isFinished == true, var done = prior {
      done.evaluation = []
      done.isFinished = false
      done.digests = run.planned.digests
      return (done, trainer.trainer.adapter)
    }
    let steps = trainer.trainer.stepCount
    let stop = pool.stop
    let result = try trainer.run(shouldStop: { stop?.isRequested ?? false }) { report(.step($0, of: steps)) }
    return (result, trainer.trainer.adapter)
  }

  /// The run's file, finished but not scored as it is to be, or its checkpoint; damaged ones are set aside.
  private func earlier(_ report: (RunEvent) -> Void) throws -> RunRecord? {
    for path in [folder.runPath(run.id), folder.checkpointPath(run.id)]
    where FileManager.default.fileExists(atPath: path) {
      do {
        let record = try RunFile.read(path)
        if record.runID == run.id { return record }
        try setAside(path, "it holds another run", report)
      } catch FormatError.damaged(_, let reason) {
        try setAside(path, reason, report)
      }
    }
    return nil
  }

  private func setAside(_ path: String, _ reason: String, _ report: (RunEvent) -> Void) throws {
    guard let name = try folder.setAside(path) else { return }
    report(.notice("\(path) is damaged (\(reason)); it is kept as \(name), and the run is done again"))
  }
}
