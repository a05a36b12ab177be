import Foundation
import MTL

/// Trains to the end, and keeps the state in a run file: now and then, when it is stopped, and when a step fails.
public struct CheckpointedTrainer {
  /// What trains.
  public let trainer: Trainer
  /// Seconds of training that may be lost to a crash.
  public var checkpointSeconds = 60.0
  private let record: RunRecord
  private let path: String

  /// `record` says what the run is; its adapter, optimizer and history are filled in here.
  public init(_ trainer: Trainer, record: RunRecord, path: String) {
    self.trainer = trainer
    self.record = record
    self.path = path
  }

  /// Goes on where the file at the path ends.
  ///
  /// - Throws: `TrainingError.cannotResume` if it is of another run, or was made where results would not be the same;
  ///   `FormatError` for a damaged file.
  public mutating func resume() throws { try resume(from: try RunFile.read(path)) }

  /// Goes on from a record.
  ///
  /// - Throws: `TrainingError.cannotResume`, `FormatError.damaged`.
  mutating func resume(from stored: RunRecord) throws {
    guard stored.runID == record.runID else {
      throw TrainingError.cannotResume("\(path) is a run with other settings or data")
    }
    // What is finished stays what it is; only what goes on must go on in the same way.
    for (name, value) in record.environment where !stored.isFinished {
      if let before = stored.environment[name], before != value {
        throw TrainingError.cannotResume(
          "the run began with \(name) \(before), and this is \(value), so the result would not be the same")
      }
    }
    let adapter = try Adapter(
      stored.adapterTensors, settings: trainer.adapter.settings, configuration: trainer.model.configuration,
      path: path)
    let zeros = [Float](repeating: 0, count: adapter.parameterCount)
    // A finished run has dropped its optimizer; it has no steps left to need it.
    guard stored.optimizer != nil || stored.isFinished else {
      throw TrainingError.cannotResume("\(path) does not hold the optimizer's state")
    }
    try trainer.restore(
      parameters: adapter.parameters.values, firstMoments: stored.optimizer?.firstMoments ?? zeros,
      secondMoments: stored.optimizer?.secondMoments ?? zeros, history: stored.history)
  }

  /// Does the steps that are left, and leaves the file with the last one's state.
  ///
  /// - Throws: `TrainingError.interrupted` when `shouldStop` became true, and any error of a step; what was done is kept.
  public func run(shouldStop: () -> Bool, report: (TrainingStep) -> Void) throws -> RunRecord {
    var saved = ContinuousClock.now
    while !trainer.isFinished {
      if shouldStop() {
        try RunFile.write(state, to: path)
        throw TrainingError.interrupted(step: trainer.history.count)
      }
      do { report(try trainer.step()) } catch {
        try RunFile.write(state, to: path)
        throw error is Stopped ? TrainingError.interrupted(step: trainer.history.count) : error
      }
      if ContinuousClock.now - saved > .seconds(checkpointSeconds) {
        try RunFile.write(state, to: path)
        saved = .now
      }
    }
    try RunFile.write(state, to: path)
    return state
  }

  /// The record with the present state.
  private var state: RunRecord {
    var record = record
    record.adapterTensors = trainer.adapter.tensors
    record.optimizer = OptimizerState(
      step: trainer.history.count, firstMoments: trainer.optimizer.firstMoments.values,
      secondMoments: trainer.optimizer.secondMoments.values)
    // The order of the data, dropout and every draw follow from the seed and the step: nothing else has a state.
    record.cursor = "{\"step\":\(trainer.history.count),\"seed\":\(trainer.settings.seed)}"
    record.history = trainer.history
    return record
  }
}

/// What results depend on beyond settings and files: bit-identical on one type of CPU with one BLAS kernel.
public enum Environment {
  /// Of this process.
  public static var current: [String: String] {
    [
      "cpu": CPU.name, "openblas": OpenBLAS.version, "openblas-kernel": OpenBLAS.kernel,
      "bfloat16-products": BaseCompute.isNative ? "native" : "emulated",
    ]
  }
}

extension LoRASettings {
  /// Stands in the record of the base, which has no adapter.
  static let none = LoRASettings(rank: 1, alpha: 1, targets: [.q])
}
