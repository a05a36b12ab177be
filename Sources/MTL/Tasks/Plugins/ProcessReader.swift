import Foundation
import Synchronization

/// Rows that a command prints as JSON Lines: for formats that no reader knows.
///
/// The command runs once for each split; what it prints is kept in a temporary file, so that it may be larger than
/// memory, for as long as the reader is.
public final class ProcessReader: RowReader {
  /// The command, complete.
  public let command: ProcessCommand
  private let isAllowed: Bool
  private let printed = Mutex<String?>(nil)

  /// A reader that runs `command` when its rows are first asked for.
  public init(_ command: ProcessCommand, isAllowed: Bool) {
    self.command = command
    self.isAllowed = isAllowed
  }

  deinit {
    if let path = printed.withLock({ $0 }) { unlink(path) }
  }

  /// The file with what the command printed.
  ///
  /// - Throws: ``PluginError``.
  public func output() throws -> String {
    guard isAllowed else { throw PluginError.processNotAllowed(command: command.text) }
    return try printed.withLock { printed in
      if let printed { return printed }
      let path = FileManager.default.temporaryDirectory.path + "/mtl-\(UUID().uuidString).jsonl"
      do { try command.run(input: nil, output: path) } catch {
        unlink(path)
        throw error
      }
      printed = path
      return path
    }
  }

  /// Offers every row; `path` is not read, since the command knows where its data is.
  ///
  /// - Throws: ``PluginError``, and what the body throws.
  public func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    try JSONLinesReader().forEachRow(try output()) { result in
      // Nobody knows the temporary file's name.
      try body(result.mapError { $0.inFile("(output of \(command.text))") })
    }
  }
}

extension TaskError {
  /// The same error of a row, of a file called otherwise.
  fileprivate func inFile(_ file: String) -> TaskError {
    if case .badRow(_, let line, let reason) = self { return .badRow(file: file, line: line, reason: reason) }
    return self
  }
}
