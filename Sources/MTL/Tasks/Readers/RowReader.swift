import Foundation

/// Reads the rows of a file one after another, so that a file may be larger than memory.
public protocol RowReader: Sendable {
  /// Offers every row in the file's order until the body returns false.
  ///
  /// A row that is broken is offered as its error, and reading goes on with the next; an error that leaves no next row
  /// to find is thrown.
  ///
  /// - Throws: ``TaskError``, `FormatError.unreadable`, and what the body throws.
  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws
}

/// A form that data comes in.
public enum DataFormat: String, Sendable, CaseIterable {
  /// `instruction`, `input` and `output` by row: a JSON array or JSON Lines.
  case alpaca
  /// An object a line.
  case jsonl
  /// An array of objects, or an object of objects by id.
  case json
  /// Comma-separated values (RFC 4180).
  case csv
  /// The same separated by tabs.
  case tsv
  /// A task file of Super-NaturalInstructions.
  case superNI = "super-ni"
  /// A token and its IOB tag a line, sentences separated by empty lines.
  case conll
  /// Titles, abstracts and annotations by offset.
  case pubtator
  /// Conversations: `messages` or `conversations`; a JSON array or JSON Lines.
  case chat
  /// An element of an XML document a row.
  case xml
  /// What a command prints as JSON Lines.
  case process
}

/// JSON Lines: an object a line. Empty lines are passed over.
struct JSONLinesReader: RowReader {
  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    try forEachLine(path) { line, data in
      if data.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return true }
      return try body(Self.row(data, path, line))
    }
  }

  static func row(_ data: Data, _ path: String, _ line: Int) -> Result<DataRow, TaskError> {
    guard String(validating: data, as: UTF8.self) != nil else {
      return .failure(.badRow(file: path, line: line, reason: "the line is not UTF-8 text"))
    }
    do {
      guard case .object(let fields) = try FieldValue.json(data) else {
        return .failure(.badRow(file: path, line: line, reason: "the line is not a JSON object"))
      }
      return .success(DataRow(line: line, fields: fields))
    } catch {
      let reason = "the line is not a JSON object: \(error.message) (column \(error.offset + 1))"
      return .failure(.badRow(file: path, line: line, reason: reason))
    }
  }
}

/// A JSON array where the file begins with `[`, JSON Lines otherwise: both are called Alpaca and ShareGPT format.
struct JSONArrayOrLinesReader: RowReader {
  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw FormatError.unreadable(path: path, reason: systemReason(ENOENT))
    }
    defer { try? handle.close() }
    let start = (try? handle.read(upToCount: 4096)) ?? Data()
    let first = start.first { ![0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let reader: any RowReader = first == 0x5B ? JSONDocumentReader(records: []) : JSONLinesReader()
    try reader.forEachRow(path, body)
  }
}

/// Visits the lines of a file, without a byte-order mark.
func forEachLine(_ path: String, _ body: (Int, Data) throws -> Bool) throws {
  var reader = try LineReader(path: path)
  while var data = reader.next() {
    if reader.line == 1, data.starts(with: [0xEF, 0xBB, 0xBF]) { data = Data(data.dropFirst(3)) }
    if try !body(reader.line, data) { return }
  }
}

/// The text of a line, or the error that it is not UTF-8.
func lineText(_ data: Data, _ path: String, _ line: Int) -> Result<String, TaskError> {
  String(validating: data, as: UTF8.self).map { .success($0) }
    ?? .failure(.badRow(file: path, line: line, reason: "the line is not UTF-8 text"))
}
