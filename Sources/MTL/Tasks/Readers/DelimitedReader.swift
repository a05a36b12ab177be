import Foundation

/// Comma- or tab-separated values by RFC 4180: quoted fields may hold separators, doubled quotes and line ends.
///
/// A quote inside a field that does not begin with one is taken as it is, as spreadsheets and Python do.
struct DelimitedReader: RowReader {
  var separator: UInt8
  /// Names of the columns where the file has no header.
  var columns: [String]?
  /// Whether quotes have a meaning.
  var quotes = true
  /// Most bytes of a row: an unclosed quote must not swallow a large file.
  static let maximumRowBytes = 16 << 20

  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    var names = columns
    var records = try RecordScanner(path: path, separator: separator, quotes: quotes)
    while let record = try records.next() {
      let line = record.line
      guard let fields = record.texts else {
        if names == nil { throw TaskError.badRow(file: path, line: line, reason: "the header is not UTF-8 text") }
        if try !body(.failure(.badRow(file: path, line: line, reason: "the row is not UTF-8 text"))) { return }
        continue
      }
      if let mistake = record.mistake {
        if try !body(.failure(.badRow(file: path, line: line, reason: mistake))) { return }
        continue
      }
      // An empty line separates nothing.
      if fields == [""], names?.count != 1 { continue }
      guard let columns = names else {
        names = try header(fields, path, line)
        continue
      }
      guard fields.count == columns.count else {
        let reason = "the row has \(fields.count) fields, not \(columns.count)"
        if try !body(.failure(.badRow(file: path, line: line, reason: reason))) { return }
        continue
      }
      let row = DataRow(
        line: line, fields: Dictionary(zip(columns, fields.map { .string($0) }), uniquingKeysWith: { $1 }))
      if try !body(.success(row)) { return }
    }
  }

  private func header(_ fields: [String], _ path: String, _ line: Int) throws -> [String] {
    let names = fields.map { $0.trimmingCharacters(in: .whitespaces) }
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw TaskError.badRow(file: path, line: line, reason: "the header names the column `\(name)` twice")
    }
    return names
  }
}

/// Splits a file into records of fields.
struct RecordScanner {
  struct Record {
    /// The line that the record begins on.
    var line: Int
    var fields: [[UInt8]]
    var mistake: String?

    /// nil where they are not UTF-8.
    var texts: [String]? {
      let texts = fields.compactMap { String(validating: $0, as: UTF8.self) }
      return texts.count == fields.count ? texts : nil
    }
  }

  private let path: String
  private let handle: FileHandle
  private let separator: UInt8
  private let quotes: Bool
  private var buffer: [UInt8] = []
  private var position = 0
  private var line = 1
  private var isFirst = true

  init(path: String, separator: UInt8, quotes: Bool) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw FormatError.unreadable(path: path, reason: systemReason(ENOENT))
    }
    self.path = path
    self.handle = handle
    self.separator = separator
    self.quotes = quotes
  }

  private mutating func peek() throws -> UInt8? {
    if position == buffer.count {
      buffer = [UInt8]((try handle.read(upToCount: 1 << 18)) ?? Data())
      position = 0
      if isFirst, buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
      isFirst = false
    }
    return position < buffer.count ? buffer[position] : nil
  }

  private mutating func take() throws -> UInt8? {
    guard let byte = try peek() else { return nil }
    position += 1
    if byte == 0x0A { line += 1 }
    return byte
  }

  /// The next record; nil at the end.
  mutating func next() throws -> Record? {
    guard try peek() != nil else { return nil }
    var record = Record(line: line, fields: [], mistake: nil)
    var size = 0
    while true {
      var field: [UInt8] = []
      let end = try readField(&field, &record)
      size += field.count + 1
      guard size <= DelimitedReader.maximumRowBytes else { throw tooLarge(record) }
      record.fields.append(field)
      if end != separator { return record }
    }
  }

  private func tooLarge(_ record: Record) -> TaskError {
    .badRow(
      file: path, line: record.line,
      reason: "the row is longer than \(DelimitedReader.maximumRowBytes >> 20) MiB; is a quote not closed?")
  }

  /// Reads up to the end of a field and takes what ends it: the separator, a line feed, or nil at the end of the file.
  private mutating func readField(_ field: inout [UInt8], _ record: inout Record) throws -> UInt8? {
    if quotes, try peek() == 0x22 {
      let opened = line
      _ = try take()
      while true {
        guard let byte = try take() else {
          throw TaskError.badRow(file: path, line: opened, reason: "the quote that opens here is not closed")
        }
        if byte == 0x22 {
          guard try peek() == 0x22 else { break }
          _ = try take()
        }
        field.append(byte)
        if field.count > DelimitedReader.maximumRowBytes { throw tooLarge(record) }
      }
      let next = try peek()
      if next != nil, next != separator, next != 0x0A, next != 0x0D, record.mistake == nil {
        record.mistake = "there is text between the closing quote of field \(record.fields.count + 1) and the separator"
      }
    }
    while let byte = try take() {
      if byte == separator { return byte }
      if byte == 0x0A { return byte }
      if byte == 0x0D, try peek() == 0x0A { return try take() }
      if byte == 0x0D, try peek() == nil { return nil }
      field.append(byte)
      if field.count > DelimitedReader.maximumRowBytes { throw tooLarge(record) }
    }
    return nil
  }
}
