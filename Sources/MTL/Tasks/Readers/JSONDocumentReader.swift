import Foundation

/// A JSON document: an array of objects, or an object keyed by id, at a path inside the document.
///
/// The file is mapped, and only one row at a time is built.
struct JSONDocumentReader: RowReader {
  /// Keys from the top of the document to the rows.
  let records: [String]

  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    try withJSON(path) { cursor, lines in
      var cursor = cursor
      for key in records { try descend(&cursor, to: key, path, lines) }
      if cursor.peek() == 0x5B {
        try cursor.forEachElement { cursor, index in
          let line = lines.line(&cursor)
          return try body(Self.row(try cursor.value(), id: nil, index + 1, path, line))
        }
      } else if cursor.peek() == 0x7B {
        var count = 0
        try cursor.forEachMember { cursor, key in
          let line = lines.line(&cursor)
          count += 1
          return try body(Self.row(try cursor.value(), id: key, count, path, line))
        }
      } else {
        let reason = "there is neither an array nor an object of rows here"
        throw TaskError.badRow(file: path, line: lines.line(&cursor), reason: reason)
      }
    }
  }

  private func descend(_ cursor: inout JSONCursor, to key: String, _ path: String, _ lines: JSONLineCounter) throws {
    let line = lines.line(&cursor)
    var names: [String] = []
    var found: JSONCursor?
    guard cursor.peek() == 0x7B else {
      throw TaskError.badRow(file: path, line: line, reason: "there is no object with a key `\(key)` here")
    }
    try cursor.forEachMember { cursor, name in
      if name == key {
        found = cursor
        return false
      }
      names.append(name)
      _ = try cursor.value()
      return true
    }
    guard let found else {
      let reason = "there is no key `\(key)` for `records`; there are \(names.prefix(12).joined(separator: ", "))"
      throw TaskError.badRow(file: path, line: line, reason: reason)
    }
    cursor = found
  }

  private static func row(
    _ value: FieldValue, id: String?, _ number: Int, _ path: String, _ line: Int
  ) -> Result<DataRow, TaskError> {
    switch (value, id) {
    case (.object(var fields), let id?):
      // A row's own `id` is the better known one.
      if fields["id"] == nil { fields["id"] = .string(id) }
      return .success(DataRow(line: line, fields: fields))
    case (.object(let fields), nil): return .success(DataRow(line: line, fields: fields))
    case (let value, let id?): return .success(DataRow(line: line, fields: ["id": .string(id), "value": value]))
    default: return .failure(.badRow(file: path, line: line, reason: "element \(number) is not an object"))
    }
  }
}

/// Counts lines up to where a cursor is; cursors come in the order of the text.
final class JSONLineCounter {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0
  private var count = 1

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The line of the next value, from 1.
  func line(_ cursor: inout JSONCursor) -> Int {
    _ = cursor.peek()
    return line(at: cursor.offset)
  }

  func line(at end: Int) -> Int {
    if end < offset { (offset, count) = (0, 1) }
    for place in offset..<min(end, bytes.count) where bytes[place] == 0x0A { count += 1 }
    offset = min(end, bytes.count)
    return count
  }
}

/// Maps a JSON file; what is wrong in it is thrown as ``TaskError/badRow(file:line:reason:)``.
func withJSON(_ path: String, _ body: (JSONCursor, JSONLineCounter) throws -> Void) throws {
  guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
    throw FormatError.unreadable(path: path, reason: systemReason(ENOENT))
  }
  try data.withUnsafeBytes { bytes in
    let lines = JSONLineCounter(bytes)
    do { try body(JSONCursor(bytes), lines) } catch let error as JSONMistake {
      throw TaskError.badRow(
        file: path, line: lines.line(at: error.offset), reason: "the file is not JSON: \(error.message)")
    }
  }
}
