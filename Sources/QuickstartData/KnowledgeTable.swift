import Foundation

/// One table of the knowledge base: tab-separated, `#` starts a comment line, then a heading, then rows.
public struct KnowledgeTable: Sendable {
  /// Where the table was read from.
  public let path: String
  /// The rows in file order: column name to cell, no cell empty.
  public let rows: [Row]

  /// One row and the line it stands on.
  public struct Row: Sendable {
    /// The line number, from 1.
    public let line: Int
    /// Column name to cell.
    public let cells: [String: String]
  }

  /// Reads a table and checks that every row is complete and every name (the first column) occurs once.
  ///
  /// Throws `KnowledgeError`.
  public init(path: String, columns: [String]) throws {
    self.path = path
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw KnowledgeError.unreadable(path: path, reason: error.localizedDescription)
    }
    var heading: [String]?
    var rows: [Row] = []
    var names: Set<String> = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard let heading else {
        for column in columns where !cells.contains(column) {
          throw KnowledgeError.missingColumn(path: path, column: column)
        }
        heading = cells
        continue
      }
      guard cells.count == heading.count else {
        throw KnowledgeError.malformedRow(
          path: path, line: index + 1, reason: "\(cells.count) cells under \(heading.count) headings")
      }
      if cells.contains(where: { $0.isEmpty || $0.trimmingCharacters(in: .whitespaces) != $0 }) {
        throw KnowledgeError.malformedRow(path: path, line: index + 1, reason: "a cell is empty or padded with spaces")
      }
      guard names.insert(cells[0].lowercased()).inserted else {
        throw KnowledgeError.duplicate(path: path, name: cells[0])
      }
      rows.append(Row(line: index + 1, cells: Dictionary(zip(heading, cells), uniquingKeysWith: { first, _ in first })))
    }
    self.rows = rows
  }
}

extension KnowledgeTable.Row {
  /// A cell of a column whose presence was checked on reading.
  func text(_ column: String) -> String { cells[column] ?? "" }

  /// The parts of a cell that holds a list; `-` stands for the empty list.
  func list(_ column: String, separator: Character) -> [String] {
    let cell = text(column)
    if cell == "-" { return [] }
    return cell.split(separator: separator).map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
