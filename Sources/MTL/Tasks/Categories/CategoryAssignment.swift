import Foundation

/// Which category each instruction of a pool belongs to: a table that people can edit, and manifests can join.
///
/// The file is tab-separated, with the columns id (called as the pool's field), category, reason and instruction (its
/// beginning). A manifest takes one category out of the pool with `join: {path: file.tsv, on: id}` and
/// `where: {category: QA}`.
public struct CategoryAssignment: Sendable, Hashable {
  /// A line.
  public struct Row: Sendable, Hashable {
    /// Of the instruction, unique.
    public var id: String
    /// Empty where no rule matched.
    public var category: String
    /// The pattern that matched, or how much likelier than the next category it is (nats).
    public var reason: String
    /// The instruction's beginning.
    public var head: String
  }

  /// The pool's field of ids; `_row` for its rows' numbers.
  public var idField: String
  /// In the pool's order.
  public var rows: [Row]

  /// An assignment.
  public init(idField: String, rows: [Row]) {
    self.idField = idField
    self.rows = rows
  }

  /// How many instructions each category has, the largest first; the empty name is of those that have none.
  public var distribution: [(category: String, count: Int)] {
    rows.reduce(into: [:]) { $0[$1.category, default: 0] += 1 }
      .map { (category: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.category) < ($0.count, $1.category) }
  }

  /// The ids of a category: what a filter of the pool lets pass.
  public func ids(of category: String) -> Set<String> {
    Set(rows.lazy.filter { $0.category == category }.map(\.id))
  }

  /// Writes the table.
  ///
  /// - Throws: `FormatError.unwritable`.
  public func write(to path: String) throws {
    try AtomicFile.write(to: path) { file in
      try file.write(Data("\(idField)\tcategory\treason\tinstruction\n".utf8))
      for row in rows {
        let cells = [row.id, row.category, row.reason, row.head].map(Self.cell)
        try file.write(Data((cells.joined(separator: "\t") + "\n").utf8))
      }
    }
  }

  /// Reads a table that was written, and perhaps edited since.
  ///
  /// - Throws: ``TaskError`` for a broken row or an id that comes twice, `FormatError.unreadable`.
  public init(path: String) throws {
    var rows: [Row] = []
    var seen: Set<String> = []
    var idField: String?
    var reader = try LineReader(path: path)
    let header = reader.next().map { String(decoding: $0, as: UTF8.self) } ?? ""
    let columns = header.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    if columns.dropFirst().first == "category" { idField = columns.first }
    guard let idField else {
      let reason = "the first line must name the columns: an id, then category"
      throw TaskError.badRow(file: path, line: 1, reason: reason)
    }
    try DelimitedReader(separator: 0x09).forEachRow(path) { result in
      let row = try result.get()
      func text(_ field: String) -> String { row.fields[field]?.text.trimmingCharacters(in: .whitespaces) ?? "" }
      let id = text(idField)
      guard seen.insert(id).inserted else {
        throw TaskError.badRow(file: path, line: row.line, reason: "the id \(id) comes twice")
      }
      rows.append(Row(id: id, category: text("category"), reason: text("reason"), head: text("instruction")))
      return true
    }
    self.init(idField: idField, rows: rows)
  }

  /// A cell by RFC 4180: quoted where it has to be.
  private static func cell(_ text: String) -> String {
    let needsQuotes = text.contains { "\t\"\n\r".contains($0) || $0 == "\r\n" }
    return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
