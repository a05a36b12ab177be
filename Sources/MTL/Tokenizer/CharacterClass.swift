/// What the pre-tokenizers' regular expressions tell apart.
enum CharacterClass {
  /// \p{L}
  case letter
  /// \p{N}
  case number
  /// [\r\n]
  case newline
  /// \s but for \r and \n
  case space
  /// [^\s\p{L}\p{N}]
  case other

  init(_ value: UInt32) {
    switch value {
    case 0x61...0x7a, 0x41...0x5a: self = .letter
    case 0x30...0x39: self = .number
    case 0x0a, 0x0d: self = .newline
    case 0x20, 0x09, 0x0b, 0x0c: self = .space
    case 0..<0x80: self = .other
    default: self = Unicode.Scalar(value).map { Self(beyondASCII: $0.properties) } ?? .other
    }
  }

  private init(beyondASCII properties: Unicode.Scalar.Properties) {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = properties.isWhitespace ? .space : .other
    }
  }

  var isWhitespace: Bool { self == .space || self == .newline }
}

/// A cursor over valid UTF-8 that never reads past `end`.
struct ScalarScanner {
  let bytes: UnsafeBufferPointer<UInt8>
  let end: Int

  /// The scalar that begins at `i` and how many bytes it takes.
  func scalar(at i: Int) -> (value: UInt32, length: Int) {
    let lead = UInt32(bytes[i])
    if lead < 0x80 { return (lead, 1) }
    func continuation(_ k: Int) -> UInt32 { UInt32(bytes[i + k] & 0x3f) }
    if lead < 0xe0 { return ((lead & 0x1f) << 6 | continuation(1), 2) }
    if lead < 0xf0 { return ((lead & 0x0f) << 12 | continuation(1) << 6 | continuation(2), 3) }
    return ((lead & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3), 4)
  }

  /// The class of the scalar at `i` and where the next one begins; nil at the end.
  func next(_ i: Int) -> (kind: CharacterClass, end: Int)? {
    guard i < end else { return nil }
    let (value, length) = scalar(at: i)
    return (CharacterClass(value), i + length)
  }

  /// Where a run of scalars that satisfy `condition` ends, from `i` on, `maximum` scalars at most.
  func run(from i: Int, maximum: Int = .max, while condition: (CharacterClass) -> Bool) -> Int {
    var position = i
    var count = 0
    while count < maximum, let (kind, after) = next(position), condition(kind) {
      position = after
      count += 1
    }
    return position
  }

  /// `\s+(?!\S)|\s+` at `i`, which is whitespace: a run before other text leaves its last scalar to that text.
  func whitespace(from i: Int) -> Int {
    var last = i
    var position = i
    while let (kind, after) = next(position), kind.isWhitespace {
      last = position
      position = after
    }
    return position == end || last == i ? position : last
  }

  /// The length of 's 't 're 've 'm 'll 'd at `i`, or nil.
  func contraction(at i: Int, ignoringCase: Bool) -> Int? {
    guard i + 1 < end, bytes[i] == 0x27 else { return nil }
    func letter(_ k: Int) -> UInt8 {
      guard i + k < end else { return 0 }
      let byte = bytes[i + k]
      return ignoringCase && (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }
    switch (letter(1), letter(2)) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _): return 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return 3
    // The long s is an s to a regular expression that ignores case.
    case (0xc5, 0xbf) where ignoringCase: return 3
    default: return nil
    }
  }
}
