import Foundation
import MTL

/// Trains and scores one run, and keeps what it has in the run's file.
public struct RunExecutor {
  /// What all runs share.
  public let context: RunContext
  /// Where the run's file is.
  public let path: String
  /// Seconds of training that may be lost to a crash.
  public var checkpointSeconds = 60.0

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
      programVersion: context.programVersion, environment: context.environment,
      lora: run.settings.lora ?? LoRASettings(rank: 1, alpha: 1, targets: [.q]), adapterTensors: [],
      isFinished: false)
    var adapter: Adapter?
    if let lora = run.settings.lora, let training = run.settings.training {
      adapter = try train(run, lora, training, &record, shouldStop: shouldStop, report: report)
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

  private func train(
    _ run: PlannedRun, _ lora: LoRASettings, _ training: TrainingSettings, _ record: inout RunRecord,
    shouldStop: () -> Bool, report: (Event) -> Void
  ) throws -> Adapter {
    let layout = AdapterLayout(lora, context.model.configuration)
    let trainer = try Trainer(
      model: context.model, adapter: Adapter(layout: layout, seed: training.seed),
      data: try context.trainingData(run.settings), settings: training, pool: context.pool, cache: context.cache)
    if FileManager.default.fileExists(atPath: path) { 
      try trainer.resume(from: try RunFile.read(path), path: path, run: run)
    }
    var saved = Date()
    while !trainer.isFinished {
      if shouldStop() {
        try RunFile.write(trainer.kept(in: record), to: path)
        throw TrainingError.interrupted(step: trainer.history.count)
      }
      do {
        report(.step(try trainer.step(), of: trainer.stepCount))
      } catch {
        try RunFile.write(trainer.kept(in: record), to: path)
        throw error
      }
      if Date().timeIntervalSince(saved) > checkpointSeconds {
        try RunFile.write(trainer.kept(in: record), to: path)
        saved = Date()
      }
    }
    record = trainer.kept(in: record)
    try RunFile.write(record, to: path)
    return trainer.adapter
  }
}

extension Trainer {
  /// Goes on where a run's file ends.
  ///
  /// - Throws: `TrainingError.cannotResume`.
  func resume(from record: RunRecord, path: String, run: PlannedRun) throws {
    guard record.runID == run.id else {
      throw TrainingError.cannotResume("the file is of run \(record.runID), not \(run.id)")
    }
    let kernel = record.environment["openblas-kernel"]
    guard kernel == OpenBLAS.kernel, record.environment["cpu"] == CPU.name else {
      throw TrainingError.cannotResume(
        "the run began on \(record.environment["cpu"] ?? "another CPU") with the BLAS kernel \(kernel ?? "unknown"), and "
          + "this is \(CPU.name) with \(OpenBLAS.kernel), so the result would not be the same")
    }
    guard let optimizer = record.optimizer else { return }
    let stored = try Adapter(
      record.adapterTensors, settings: adapter.settings, configuration: model.configuration, path: path)
    try restore(
      parameters: stored.parameters.values, firstMoments: optimizer.firstMoments,
      secondMoments: optimizer.secondMoments, history: record.history)
  }

  /// The record with the present state.
  func kept(in record: RunRecord) -> RunRecord {
    var record = record
    record.adapterTensors = adapter.tensors
    record.optimizer = OptimizerState(
      step: history.count, firstMoments: optimizer.firstMoments.values,
      secondMoments: optimizer.secondMoments.values)
    record.cursor = "{\"step\":\(history.count),\"seed\":\(settings.seed)}"
    record.history = history
    return record
  }
}
