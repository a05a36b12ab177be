import Foundation

/// A value of a data row: what JSON can say.
public enum FieldValue: Sendable, Hashable, Decodable {
  /// null.
  case null
  /// true or false.
  case bool(Bool)
  /// A number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case list([FieldValue])
  /// Named values.
  case object([String: FieldValue])

  /// Reads any JSON value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([FieldValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: FieldValue].self))
    }
  }

  /// As a template prints it; lists and objects are left to sections.
  public var text: String {
    switch self {
    case .null: ""
    case .bool(let value): value ? "true" : "false"
    case .number(let value):
      value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    case .string(let value): value
    case .list(let values): values.map(\.text).joined(separator: ", ")
    case .object: ""
    }
  }

  /// A list's texts; nil for anything but a list.
  public var texts: [String]? {
    if case .list(let values) = self { return values.map(\.text) }
    return nil
  }

  /// What the template engine reads.
  var rendered: Any {
    switch self {
    case .null: ""
    case .bool(let value): value
    case .number, .string: text
    case .list(let values): values.map(\.rendered)
    case .object(let values): values.mapValues(\.rendered)
    }
  }
}

/// A row of a data file, where it came from, and its fields.
public struct DataRow: Sendable {
  /// From 1.
  public var line: Int
  /// By name.
  public var fields: [String: FieldValue]
}
