import Foundation
import MTL

/// Event files that TensorBoard shows: a folder for each run, with its losses step by step and its scores.
///
/// A run's file is written anew whenever it begins or goes on, with all steps so far, so that none is there twice.
public final class TensorBoardLog {
  private let folder: String
  private let now: () -> Double
  private var files: [String: FileHandle] = [:]

  /// A log in a folder; `now` says the time in seconds since 1970.
  public init(folder: String, now: @escaping () -> Double) {
    self.folder = folder
    self.now = now
  }

  /// Takes note of what happens.
  ///
  /// - Throws: `FormatError.unwritable`.
  public func note(_ run: Sweep.Run, _ event: RunEvent) throws {
    switch event {
    case .began(let history, _):
      try begin(run, history)
    case .step(let step, _):
      if files[run.id] == nil { try begin(run, []) }
      try write(Self.record(step, time: now()), run)
    case .finished(let record):
      try begin(run, record.history)
      try write(Self.record(record.evaluation, step: record.history.count, time: now()), run)
      try files.removeValue(forKey: run.id)?.close()
    case .scored, .reached, .notice: break
    }
  }

  /// Writes the file of a run that is finished, unless it has one.
  ///
  /// - Throws: `FormatError`.
  public func add(_ run: Sweep.Run, in sweep: SweepFolder) throws {
    guard !FileManager.default.fileExists(atPath: path(run)) else { return }
    try note(run, .finished(try RunFile.read(sweep.runPath(run.id))))
  }

  /// Where a run's file is.
  public func path(_ run: Sweep.Run) -> String {
    let plain = run.title.map { $0.isLetter || $0.isNumber || "+-=._".contains($0) ? $0 : "_" }
    return "\(folder)/\(String(plain.prefix(120)))-\(run.id.prefix(8))/events.out.tfevents.0000000000.mtl"
  }

  private func begin(_ run: Sweep.Run, _ history: [TrainingStep]) throws {
    try files.removeValue(forKey: run.id)?.close()
    let path = path(run)
    let above = URL(filePath: path).deletingLastPathComponent().path
    let time = now() - history.reduce(0) { $0 + $1.seconds }
    var bytes = EventRecord.version(time: time)
    var seconds = 0.0
    for step in history {
      seconds += step.seconds
      bytes += Self.record(step, time: time + seconds)
    }
    do {
      try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: true)
      try AtomicFile.write(to: path) { try $0.write(bytes) }
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.seekToEnd()
      files[run.id] = file
    } catch let error as FormatError { throw error } catch {
      throw FormatError.unwritable(path: path, reason: error.localizedDescription)
    }
  }

  private func write(_ bytes: [UInt8], _ run: Sweep.Run) throws {
    do { try files[run.id]?.write(contentsOf: Data(bytes)) } catch {
      throw FormatError.unwritable(path: path(run), reason: error.localizedDescription)
    }
  }

  static func record(_ step: TrainingStep, time: Double) -> [UInt8] {
    EventRecord.scalars(
      [
        ("train/loss", step.loss), ("train/learning_rate", step.learningRate), ("train/grad_norm", step.gradNorm),
        ("train/tokens_per_second", step.seconds > 0 ? Double(step.tokens) / step.seconds : 0),
      ], step: step.step, time: time)
  }

  static func record(_ evaluation: [TaskEvaluation], step: Int, time: Double) -> [UInt8] {
    let values = evaluation.flatMap { task in
      [("test/\(task.task)/loss", task.loss)] + task.metrics.map { ("test/\(task.task)/\($0.name)", $0.score) }
    }
    return EventRecord.scalars(values, step: step, time: time)
  }
}
