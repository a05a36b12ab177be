import Foundation
import MTL

/// Makes a folder for an export.
///
/// - Throws: `FormatError.unwritable`.
func makeFolder(_ path: String) throws {
  do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
    throw FormatError.unwritable(path: path, reason: error.localizedDescription)
  }
}

/// Writes a text file that is whole or not there.
///
/// - Throws: `FormatError.unwritable`.
func writeText(_ text: String, to path: String) throws {
  try AtomicFile.write(to: path) { try $0.write(Data(text.utf8)) }
}

extension SweepResults {
  /// Writes `results.csv`, `examples.csv`, `history.csv` and `data-dictionary.md`; returns their paths.
  ///
  /// - Throws: `FormatError.unwritable`.
  public func writeCSV(to folder: String) throws -> [String] {
    try makeFolder(folder)
    let tables = tidyTables()
    for table in tables { try writeText(table.csv(), to: "\(folder)/\(table.name).csv") }
    try writeText(dataDictionary(tables), to: folder + "/data-dictionary.md")
    return tables.map { "\(folder)/\($0.name).csv" } + [folder + "/data-dictionary.md"]
  }

  /// Writes `sweep.json`: the same tables, their data dictionary and where they come from; returns its path.
  ///
  /// - Throws: `FormatError.unwritable`.
  public func writeJSON(to folder: String) throws -> [String] {
    struct Entry: Encodable {
      var name: String
      var type: String
      var meaning: String
    }
    struct Content: Encodable {
      var sweep: String
      var complete: Bool
      var specificationSHA256: String
      var specification: String
      var dictionary: [String: [Entry]]
      var tables: [String: [[String: JSONValue]]]
    }
    try makeFolder(folder)
    let tables = tidyTables()
    let content = Content(
      sweep: plan.name, complete: gaps.isEmpty, specificationSHA256: specificationDigest, specification: specification,
      dictionary: Dictionary(
        uniqueKeysWithValues: tables.map { table in
          (table.name, table.columns.map { Entry(name: $0.name, type: $0.type, meaning: $0.meaning) })
        }), tables: Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0.json) }))
    try writeText(try RunIdentity.canonicalJSON(content) + "\n", to: folder + "/sweep.json")
    return [folder + "/sweep.json"]
  }

  /// What every column of the tables means, in Markdown.
  func dataDictionary(_ tables: [TidyTable]) -> String {
    var text = """
      # Data dictionary

      Sweep `\(plan.name.replacing("`", with: "'"))`, \(completeness). Specification SHA-256 \(specificationDigest).

      UTF-8, comma-separated, RFC 4180. An empty cell is unknown, never zero. A text that a spreadsheet would run as a
      formula has an apostrophe before it; `sweep.json` of `mtl export json` has all texts as they are.

      """
    for table in tables {
      text += "\n## \(table.name).csv\n\nA row is \(table.row).\n\n| column | type | meaning |\n|---|---|---|\n"
      for column in table.columns {
        let cells = [column.name, column.type, column.meaning].map { $0.replacing("|", with: "\\|") }
        text += "| " + cells.joined(separator: " | ") + " |\n"
      }
    }
    return text
  }
}
