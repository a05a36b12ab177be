import Foundation
import Mustache

/// A Mustache template for prompts and answers: texts are put in as they are, without HTML escapes.
public struct TextTemplate: Sendable {
  /// The template's text.
  public let text: String
  /// Fields that it reads at the top level.
  public let fields: [String]
  private let template: MustacheTemplate

  /// - Throws: the engine's error for a tag that is not closed.
  public init(_ text: String) throws {
    self.text = text
    template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + text)
    fields = Self.fields(in: text)
  }

  /// The text for a row.
  ///
  /// - Throws: ``TaskError/missingField(file:line:field:available:)``.
  public func render(_ row: DataRow, file: String) throws -> String {
    if let missing = fields.first(where: { row.fields[$0] == nil }) {
      throw TaskError.missingField(
        file: file, line: row.line, field: missing, available: row.fields.keys.sorted())
    }
    return template.render(row.fields.mapValues(\.rendered))
  }

  /// Names in plain tags outside of sections: inside, names belong to the section's value, and a section may be there
  /// to test whether its field is.
  private static func fields(in text: String) -> [String] {
    var fields: [String] = []
    var depth = 0
    var rest = text[...]
    while let open = rest.range(of: "{{"), let close = rest[open.upperBound...].range(of: "}}") {
      let tag = rest[open.upperBound..<close.lowerBound].trimmingCharacters(in: .whitespaces)
      switch tag.first {
      case "#", "^": depth += 1
      case "/": depth -= 1
      case "!", ">", "%", "$", "<", "=", nil: break
      default:
        let name = tag.trimmingCharacters(in: .init(charactersIn: "{}& ")).split(separator: ".").first.map(String.init)
        if depth == 0, let name, !fields.contains(name), tag != "." { fields.append(name) }
      }
      rest = rest[close.upperBound...]
    }
    return fields
  }
}
