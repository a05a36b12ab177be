import Foundation

/// What is done to rows between the file and the templates, in this order: cells are parsed, rows taken apart, fields
/// renamed, another table joined, rows filtered and repeated ones dropped.
struct RowSteps: Sendable {
  /// How a text is turned into the value it describes.
  enum CellFormat: String, CaseIterable {
    /// JSON.
    case json
    /// A Python literal.
    case python
  }

  var parse: [String: CellFormat] = [:]
  /// A field with a list whose elements become rows.
  var each: String?
  /// Where the value of a field comes from.
  var fields: [String: String] = [:]
  var join: JoinedTable?
  var conditions: [RowCondition] = []
  /// A field of which every value is taken once.
  var unique: String?

  /// The rows made out of one.
  func parts(of row: DataRow, file: String) -> [Result<(Int?, DataRow), TaskError>] {
    do throws(TaskError) {
      var row = row
      for (field, format) in parse.sorted(by: { $0.key < $1.key }) { try apply(format, to: field, of: &row, file) }
      guard let each else { return [.success((nil, row))] }
      guard case .list(let elements) = try row.required(each, file: file) else {
        throw TaskError.badRow(file: file, line: row.line, reason: "`\(each)` is not a list")
      }
      return elements.enumerated().map { index, element in
        var part = row
        if case .object(let members) = element {
          part.fields.merge(members) { $1 }
        } else {
          part.fields["value"] = element
        }
        return .success((index, part))
      }
    } catch {
      return [.failure(error)]
    }
  }

  private func apply(
    _ format: CellFormat, to field: String, of row: inout DataRow, _ file: String
  ) throws(TaskError) {
    let text = try row.required(field, file: file).text
    let value =
      switch format {
      case .json: try? FieldValue.json(Data(text.utf8))
      case .python: PythonLiteral.value(text)
      }
    guard let value else {
      let reason = "`\(field)` is not \(format == .json ? "JSON" : "a Python literal"): \(text.prefix(40))"
      throw TaskError.badRow(file: file, line: row.line, reason: reason)
    }
    row.fields[field] = value
  }

  /// Renames and joins.
  func finish(_ row: inout DataRow, file: String, join table: [String: [String: FieldValue]]?) throws(TaskError) {
    var renamed: [String: FieldValue] = [:]
    for (name, path) in fields { renamed[name] = try row.required(path, file: file) }
    row.fields.merge(renamed) { $1 }
    if let join, let table {
      let key = try row.required(join.field, file: file).text
      guard let partner = table[key] else {
        let reason = "there is no row with `\(join.field)` \(key) in \(join.file)"
        throw TaskError.badRow(file: file, line: row.line, reason: reason)
      }
      row.fields.merge(partner) { own, _ in own }
    }
  }
}

/// A table whose rows are added to those with the same value of a field. It is held in memory.
struct JoinedTable: Sendable {
  var file: String
  var reader: any RowReader
  /// The field that both have.
  var field: String

  /// The rows' fields by the value.
  ///
  /// - Throws: ``TaskError`` for a broken row.
  func table() throws -> [String: [String: FieldValue]] {
    var table: [String: [String: FieldValue]] = [:]
    try reader.forEachRow(file) { result in
      let row = try result.get()
      table[try row.required(field, file: file).text] = row.fields
      return true
    }
    return table
  }
}
