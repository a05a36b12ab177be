/// Reads the literals that Python's `repr` writes into table cells: texts, numbers, lists, tuples and dictionaries.
struct PythonLiteral {
  private let scalars: [Unicode.Scalar]
  private var offset = 0

  /// The value of a text; nil for anything that is not a literal.
  static func value(_ text: String) -> FieldValue? {
    var literal = PythonLiteral(scalars: Array(text.unicodeScalars))
    guard let value = literal.value(depth: 0), literal.peek() == nil else { return nil }
    return value
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func peek() -> Unicode.Scalar? {
    while offset < scalars.count, scalars[offset].properties.isWhitespace { offset += 1 }
    return offset < scalars.count ? scalars[offset] : nil
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek() == scalar else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) -> FieldValue? {
    guard depth < 50, let next = peek() else { return nil }
    switch next {
    case "'", "\"": return string().map { .string($0) }
    case "[": return list(closing: "]", depth)
    case "(": return list(closing: ")", depth)
    case "{": return dictionary(depth)
    default: return word()
    }
  }

  private mutating func list(closing: Unicode.Scalar, _ depth: Int) -> FieldValue? {
    offset += 1
    var values: [FieldValue] = []
    while !take(closing) {
      guard let value = value(depth: depth + 1) else { return nil }
      values.append(value)
      if !take(",") { return take(closing) ? .list(values) : nil }
    }
    return .list(values)
  }

  private mutating func dictionary(_ depth: Int) -> FieldValue? {
    offset += 1
    var members: [String: FieldValue] = [:]
    while !take("}") {
      guard let key = value(depth: depth + 1), take(":"), let value = value(depth: depth + 1) else { return nil }
      members[key.text] = value
      if !take(",") { return take("}") ? .object(members) : nil }
    }
    return .object(members)
  }

  private mutating func word() -> FieldValue? {
    let start = offset
    while offset < scalars.count,
      scalars[offset].properties.isAlphabetic || "0123456789+-._".unicodeScalars.contains(scalars[offset])
    {
      offset += 1
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[start..<offset])
    switch String(view) {
    case "None", "nan": return .null
    case "True": return .bool(true)
    case "False": return .bool(false)
    case let text: return Double(text).flatMap { $0.isFinite ? .number($0) : nil }
    }
  }

  private mutating func string() -> String? {
    let quote = scalars[offset]
    offset += 1
    var text = String.UnicodeScalarView()
    while offset < scalars.count {
      let scalar = scalars[offset]
      offset += 1
      if scalar == quote { return String(text) }
      guard scalar == "\\" else {
        text.append(scalar)
        continue
      }
      guard offset < scalars.count else { return nil }
      let escaped = scalars[offset]
      offset += 1
      switch escaped {
      case "n": text.append("\n")
      case "t": text.append("\t")
      case "r": text.append("\r")
      case "x": guard append(digits: 2, to: &text) else { return nil }
      case "u": guard append(digits: 4, to: &text) else { return nil }
      case "U": guard append(digits: 8, to: &text) else { return nil }
      default: text.append(escaped)
      }
    }
    return nil
  }

  private mutating func append(digits: Int, to text: inout String.UnicodeScalarView) -> Bool {
    guard offset + digits <= scalars.count else { return false }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[offset..<(offset + digits)])
    guard let code = UInt32(String(view), radix: 16), let scalar = Unicode.Scalar(code) else { return false }
    offset += digits
    text.append(scalar)
    return true
  }
}
