import Foundation

/// A condition on a field: its value is, or is not, among some texts, which may stand in a file.
struct RowCondition: Sendable {
  var field: String
  var isNegated = false
  var values: Set<String> = []
  /// A text file with a value a line, or a JSON document: the keys of an object, the elements of an array.
  var file: String?

  /// The same with the file's values.
  ///
  /// - Throws: `FormatError.unreadable`, ``TaskError`` for a file that is not what its name says.
  func loaded() throws -> RowCondition {
    guard let file else { return self }
    var loaded = self
    if file.hasSuffix(".json") {
      try withJSON(file) { start, lines in
        var cursor = start
        let value = try cursor.value()
        switch value {
        case .object(let members): loaded.values.formUnion(members.keys)
        case .list(let values): loaded.values.formUnion(values.map(\.text))
        default:
          throw TaskError.badRow(file: file, line: 1, reason: "there is neither an object nor an array of values here")
        }
      }
    } else {
      try forEachLine(file) { line, data in
        let text = try lineText(data, file, line).get().trimmingCharacters(in: .whitespaces)
        if !text.isEmpty { loaded.values.insert(text) }
        return true
      }
    }
    return loaded
  }

  func holds(for row: DataRow, file: String) throws(TaskError) -> Bool {
    values.contains(try row.required(field, file: file).text) != isNegated
  }
}
