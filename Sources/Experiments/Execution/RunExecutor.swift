import Foundation
import MTL

/// Trains and scores one run, and keeps what it has in the run's file.
public struct RunExecutor {
  /// What all runs share.
  public let context: RunContext
  /// Where the run's file is.
  public let path: String
  /// What happens while a run goes on.
  public enum Event: Sendable {
    /// An optimizer step is done, of so many.
    case step(TrainingStep, of: Int)
    /// A task is scored.
    case scored(task: String)
  }

  /// An executor for a run whose file is at `path`.
  public init(context: RunContext, path: String) {
    self.context = context
    self.path = path
  }

  /// Does what is left of a run.
  ///
  /// - Throws: `TrainingError.interrupted` when `shouldStop` becomes true, with everything done so far in the file; and
  ///   any error of the run.
  public func execute(
    _ run: PlannedRun, shouldStop: () -> Bool, report: (Event) -> Void
  ) throws {
    var record = RunRecord(
      runID: run.id, settings: try RunIdentity.canonicalJSON(run.settings), digests: run.digests,
      programVersion: context.programVersion, environment: Environment.current,
      lora: run.settings.lora ?? .none, adapterTensors: [], isFinished: false)
    var adapter: Adapter?
    if let lora = run.settings.lora, let training = run.settings.training {
      let layout = AdapterLayout(lora, context.model.configuration)
      let trainer = try Trainer(
        model: context.model, adapter: Adapter(layout: layout, seed: training.seed),
        data: try context.trainingData(run.settings), settings: training, pool: context.pool, cache: context.cache)
      var checkpointed = CheckpointedTrainer(trainer, record: record, path: path)
      if FileManager.default.fileExists(atPath: path) { try checkpointed.resume() }
      record = try checkpointed.run(shouldStop: shouldStop) { report(.step($0, of: trainer.stepCount)) }
      adapter = trainer.adapter
    }
    let evaluator = TaskEvaluator(
      model: context.model, adapter: adapter, format: context.format, pool: context.pool, cache: context.cache)
    for set in context.evaluationSets {
      if shouldStop() {
        try RunFile.write(record, to: path)
        throw TrainingError.interrupted(step: record.history.count)
      }
      record.evaluation.append(try evaluator.evaluate(set))
      report(.scored(task: set.task.name))
    }
    // The optimizer's state is for going on; a finished run does not.
    record.optimizer = nil
    record.isFinished = true
    try RunFile.write(record, to: path)
  }
}
