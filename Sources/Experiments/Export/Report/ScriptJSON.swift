import Foundation

/// Writes JSON that is inert inside a `<script>` element: `<`, `>`, `&` and the line separators that old scripts end
/// lines at are escaped. What does not fit JSON, such as a number that is not finite, becomes null.
struct ScriptJSON {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  private mutating func begin() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func nest(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout ScriptJSON) -> Void) {
    begin()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    body(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  /// An object, whose members `body` adds with ``key(_:)`` before each.
  mutating func object(_ body: (inout ScriptJSON) -> Void) { nest("{", "}", body) }

  /// An array, whose elements `body` adds.
  mutating func array(_ body: (inout ScriptJSON) -> Void) { nest("[", "]", body) }

  /// An array with an element for each value.
  mutating func array<S: Sequence>(_ values: S, _ body: (inout ScriptJSON, S.Element) -> Void) {
    array { json in for value in values { body(&json, value) } }
  }

  mutating func key(_ name: String) {
    text(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func member(_ name: String, _ value: String) {
    key(name)
    text(value)
  }

  mutating func member(_ name: String, _ value: Bool) {
    key(name)
    flag(value)
  }

  mutating func member(_ name: String, _ value: Int?) {
    key(name)
    integer(value)
  }

  mutating func null() {
    begin()
    bytes += Array("null".utf8)
  }

  mutating func flag(_ value: Bool) {
    begin()
    bytes += Array((value ? "true" : "false").utf8)
  }

  mutating func integer(_ value: Int?) {
    guard let value else { return null() }
    begin()
    bytes += Array(String(value).utf8)
  }

  /// A number, rounded to so many significant digits.
  mutating func number(_ value: Double?, digits: Int = 4) {
    guard let value, value.isFinite else { return null() }
    begin()
    let rounded = value.rounded(significant: digits)
    if let whole = Int(exactly: rounded), abs(whole) < 1_000_000 {
      bytes += Array(String(whole).utf8)
    } else {
      bytes += Array("\(rounded)".utf8)
    }
  }

  mutating func text(_ value: String) {
    begin()
    bytes.append(UInt8(ascii: "\""))
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": bytes += [0x5C, 0x22]
      case "\\": bytes += [0x5C, 0x5C]
      case "\n": bytes += [0x5C, 0x6E]
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
      default: bytes += Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension Double {
  /// Rounded to so many significant digits.
  func rounded(significant digits: Int) -> Double {
    guard isFinite, self != 0 else { return self }
    let places = digits - 1 - Int(log10(abs(self)).rounded(.down))
    // Powers of ten are exact up to 22.
    guard abs(places) <= 22 else { return self }
    let scale = pow(10, Double(abs(places)))
    return places >= 0 ? (self * scale).rounded() / scale : (self / scale).rounded() * scale
  }
}
