import Foundation

/// A task file of Super-NaturalInstructions (Wang et al. 2022): every instance with the task's definition.
///
/// Fields: `id`, `instruction` and `definition` (the same), `input`, `output` (the first answer), `references` (all
/// answers), `examples` (`input`, `output`, `explanation` of each positive example), `negative_examples`, `categories`.
struct SuperNaturalInstructionsReader: RowReader {
  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    try withJSON(path) { start, lines in
      var shared: [String: FieldValue] = [:]
      var instances: JSONCursor?
      var cursor = start
      try cursor.forEachMember { cursor, key in
        if key == "Instances" { instances = cursor }
        let value = try cursor.value()
        switch key {
        case "Definition":
          let text = FieldValue.string(value.texts?.joined(separator: "\n") ?? value.text)
          shared["definition"] = text
          shared["instruction"] = text
        case "Positive Examples": shared["examples"] = value
        case "Negative Examples": shared["negative_examples"] = value
        case "Categories": shared["categories"] = value
        default: break
        }
        return true
      }
      guard var instances, shared["definition"] != nil else {
        let missing = shared["definition"] == nil ? "Definition" : "Instances"
        throw TaskError.badRow(file: path, line: 1, reason: "there is no `\(missing)`: not a Super-NI task file")
      }
      try instances.forEachElement { cursor, index in
        let line = lines.line(&cursor)
        return try body(Self.row(try cursor.value(), shared, index + 1, path, line))
      }
    }
  }

  private static func row(
    _ value: FieldValue, _ shared: [String: FieldValue], _ number: Int, _ path: String, _ line: Int
  ) -> Result<DataRow, TaskError> {
    func bad(_ reason: String) -> Result<DataRow, TaskError> {
      .failure(.badRow(file: path, line: line, reason: "instance \(number) \(reason)"))
    }
    guard case .object(let instance) = value else { return bad("is not an object") }
    guard let input = instance["input"] else { return bad("has no `input`") }
    let answers = instance["output"]?.texts ?? instance["output"].map { [$0.text] } ?? []
    guard let first = answers.first else { return bad("has no `output`") }
    var fields = shared
    fields["id"] = instance["id"] ?? .string(String(number))
    fields["input"] = input
    fields["output"] = .string(first)
    fields["references"] = .list(answers.map { .string($0) })
    return .success(DataRow(line: line, fields: fields))
  }
}
