import Foundation

/// The file of one run, `<run-id>.h5`; docs/hdf5.md describes its layout.
public enum RunFile {
  /// The layout this program writes and reads.
  public static let formatVersion = 1

  /// Writes `record` to `path`: all of it or, on any error, nothing.
  ///
  /// - Throws: ``FormatError/unwritable(path:reason:)``, for instance on a full disk or when arrays of the record that
  ///   belong together differ in length; `path` is then as it was.
  public static func write(_ record: RunRecord, to path: String) throws {
    try HDF5File.writeAtomically(to: path) { file in
      try writeSummary(record, to: file)
      try writeAdapter(record, to: file)
      if let optimizer = record.optimizer { try writeOptimizer(optimizer, to: file) }
      try file.write(record.cursor, to: "/cursor")
      try writeHistory(record.history, to: file)
      try file.createGroup("/evaluation")
      for (position, task) in record.evaluation.enumerated() {
        try writeEvaluation(task, position: position, to: file)
      }
    }
  }

  /// Everything in the run file at `path`.
  ///
  /// - Throws: ``FormatError`` when it cannot be read, is not as it was written, or is of a later version.
  public static func read(_ path: String) throws -> RunRecord {
    let file = try open(path)
    let summary = try readSummary(file)
    return RunRecord(
      runID: summary.runID, settings: summary.settings, digests: summary.digests,
      programVersion: summary.programVersion, environment: summary.environment, lora: try readLoRA(file),
      adapterTensors: try readTensors(file), optimizer: try readOptimizer(file), cursor: try file.readText("/cursor"),
      history: try readHistory(file), evaluation: try readEvaluations(file), isFinished: summary.isFinished)
  }

  /// What the run file at `path` says about the run, and how it scored.
  ///
  /// - Throws: as ``read(_:)``.
  public static func readEvaluation(_ path: String) throws -> (summary: RunSummary, evaluation: [TaskEvaluation]) {
    let file = try open(path)
    return (try readSummary(file), try readEvaluations(file))
  }

  /// What the run file at `path` says about the run, how it scored and how its training went; its adapter is not read.
  ///
  /// - Throws: as ``read(_:)``.
  public static func readResults(
    _ path: String
  ) throws -> (summary: RunSummary, evaluation: [TaskEvaluation], history: [TrainingStep]) {
    let file = try open(path)
    return (try readSummary(file), try readEvaluations(file), try readHistory(file))
  }

  /// What the run file at `path` says about the run, and its adapter.
  ///
  /// - Throws: as ``read(_:)``.
  public static func readAdapter(
    _ path: String
  ) throws -> (summary: RunSummary, lora: LoRASettings, tensors: [AdapterTensor]) {
    let file = try open(path)
    return (try readSummary(file), try readLoRA(file), try readTensors(file))
  }

  /// Reads everything in the run file at `path` and compares it with the digest it was written with.
  ///
  /// - Throws: ``FormatError`` when it differs or cannot be read.
  public static func verify(_ path: String) throws {
    try open(path).verify()
  }

  private static func open(_ path: String) throws -> HDF5File {
    let file = try HDF5File(readingFrom: path)
    let version = try file.int(attribute: "format-version")
    guard version == formatVersion else {
      throw FormatError.unsupported(path: path, what: "version \(version) of the run format")
    }
    // Another program has rewritten it (h5repack does), so only the content can be compared.
    if !file.isSealed { try file.verify() }
    return file
  }
}
