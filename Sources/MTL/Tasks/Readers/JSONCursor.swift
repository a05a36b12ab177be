import Foundation

/// What is wrong in a JSON text, and where.
struct JSONMistake: Error {
  var offset: Int
  var message: String
}

/// Reads JSON (RFC 8259) value by value from bytes, so that a large document is never built as a whole.
struct JSONCursor {
  private static let maximumDepth = 100
  let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
    if offset == 0, bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { self.offset = 3 }
  }

  /// The next byte that is not white space, without taking it.
  mutating func peek() -> UInt8? {
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte != 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09 { return byte }
      offset += 1
    }
    return nil
  }

  func mistake(_ message: String) -> JSONMistake { JSONMistake(offset: offset, message: message) }

  /// Takes the byte if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    offset += 1
    return true
  }

  mutating func expect(_ character: Character) throws {
    guard let byte = character.asciiValue, take(byte) else {
      throw mistake(peek() == nil ? "the text ends where `\(character)` should be" : "`\(character)` is missing here")
    }
  }

  /// Visits the elements of an array; the visitor has to take each.
  mutating func forEachElement(_ body: (inout JSONCursor, Int) throws -> Bool) throws {
    try expect("[")
    if take(0x5D) { return }
    var index = 0
    while true {
      if try !body(&self, index) { return }
      index += 1
      if take(0x5D) { return }
      try expect(",")
    }
  }

  /// Visits the members of an object; the visitor has to take each value.
  mutating func forEachMember(_ body: (inout JSONCursor, String) throws -> Bool) throws {
    try expect("{")
    if take(0x7D) { return }
    while true {
      guard peek() == 0x22 else { throw mistake("a key in quotes is missing here") }
      let key = try string()
      try expect(":")
      if try !body(&self, key) { return }
      if take(0x7D) { return }
      try expect(",")
    }
  }

  /// The next value.
  mutating func value(depth: Int = 0) throws -> FieldValue {
    guard let byte = peek() else { throw mistake("the text ends where a value should be") }
    guard depth < Self.maximumDepth else { throw mistake("values are nested more than \(Self.maximumDepth) deep") }
    switch byte {
    case 0x22: return .string(try string())
    case 0x5B:
      var values: [FieldValue] = []
      try forEachElement { cursor, _ in
        values.append(try cursor.value(depth: depth + 1))
        return true
      }
      return .list(values)
    case 0x7B:
      var members: [String: FieldValue] = [:]
      try forEachMember { cursor, key in
        members[key] = try cursor.value(depth: depth + 1)
        return true
      }
      return .object(members)
    default: return try word()
    }
  }

  /// Says that nothing but white space may follow.
  mutating func end() throws { if peek() != nil { throw mistake("there is more after the value") } }

  private mutating func word() throws -> FieldValue {
    let start = offset
    while offset < bytes.count, Self.isWord(bytes[offset]) { offset += 1 }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    switch text {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    // Not JSON, but Python writes it, and a missing value is what it says.
    case "NaN": return .null
    default:
      if let first = text.utf8.first, first == 0x2D || (0x30...0x39).contains(first), let number = Double(text),
        number.isFinite
      {
        return .number(number)
      }
      offset = start
      throw mistake(text.isEmpty ? "a value is missing here" : "`\(text.prefix(20))` is not a JSON value")
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  private mutating func string() throws -> String {
    let start = offset
    offset += 1
    var content: [UInt8] = []
    var segment = offset
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == 0x22 {
        content.append(contentsOf: bytes[segment..<offset])
        guard let text = String(validating: content, as: UTF8.self) else {
          offset = start
          throw mistake("the text is not UTF-8")
        }
        offset += 1
        return text
      }
      if byte < 0x20 { throw mistake("a text in quotes holds a raw control character") }
      offset += 1
      if byte == 0x5C {
        content.append(contentsOf: bytes[segment..<(offset - 1)])
        try escape(into: &content)
        segment = offset
      }
    }
    offset = start
    throw mistake("the text that begins here has no closing quote")
  }

  private mutating func escape(into content: inout [UInt8]) throws {
    guard offset < bytes.count else { throw mistake("the text ends within an escape") }
    let byte = bytes[offset]
    offset += 1
    switch byte {
    case 0x22, 0x5C, 0x2F: content.append(byte)
    case 0x62: content.append(0x08)
    case 0x66: content.append(0x0C)
    case 0x6E: content.append(0x0A)
    case 0x72: content.append(0x0D)
    case 0x74: content.append(0x09)
    case 0x75:
      var scalar = UInt32(try codeUnit())
      if (0xD800...0xDBFF).contains(scalar), offset + 6 <= bytes.count, bytes[offset] == 0x5C, bytes[offset + 1] == 0x75
      {
        let mark = offset
        offset += 2
        let low = UInt32(try codeUnit())
        if (0xDC00...0xDFFF).contains(low) {
          scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
        } else {
          offset = mark
        }
      }
      // Half of a pair stands for no character.
      content.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    default: throw mistake("there is no escape \\\(Character(Unicode.Scalar(byte)))")
    }
  }

  private mutating func codeUnit() throws -> UInt16 {
    guard offset + 4 <= bytes.count else { throw mistake("the text ends within an escape") }
    let digits = String(decoding: bytes[offset..<(offset + 4)], as: UTF8.self)
    guard digits.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16) else {
      throw mistake("\\u needs four hexadecimal digits, not `\(digits)`")
    }
    offset += 4
    return unit
  }
}

extension FieldValue {
  /// The one value of a JSON text.
  static func json(_ data: Data) throws(JSONMistake) -> FieldValue {
    do {
      return try data.withUnsafeBytes { bytes in
        var cursor = JSONCursor(bytes)
        let value = try cursor.value()
        try cursor.end()
        return value
      }
    } catch let error as JSONMistake {
      throw error
    } catch {
      throw JSONMistake(offset: 0, message: "\(error)")
    }
  }
}
