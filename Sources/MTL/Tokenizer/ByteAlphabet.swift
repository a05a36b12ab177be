/// GPT-2's way to write any byte as a visible character, in which vocabularies and merges are stored.
///
/// Source: openai/gpt-2 encoder.py, `bytes_to_unicode`.
struct ByteAlphabet: Sendable {
  // 0x143 is the last character in use.
  private let bytes: [Int16]

  init() {
    var bytes = [Int16](repeating: -1, count: 0x144)
    var next = 0x100
    for byte in 0..<256 {
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: bytes[byte] = Int16(byte)
      default:
        bytes[next] = Int16(byte)
        next += 1
      }
    }
    self.bytes = bytes
  }

  /// The bytes that `token` stands for, or nil when a character is not in the alphabet.
  func decode(_ token: some StringProtocol) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(token.utf8.count)
    for scalar in token.unicodeScalars {
      guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
      result.append(UInt8(bytes[Int(scalar.value)]))
    }
    return result
  }
}
