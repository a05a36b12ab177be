/// Tokens that are found in the text itself, before it is split: special ones, and others the vocabulary adds.
struct AddedTokens: Sendable {
  /// One of them.
  struct Token: Sendable {
    let id: Int32
    let bytes: [UInt8]
    let isSpecial: Bool
    /// Whether it takes the whitespace before, or after, with it.
    var stripsLeft = false
    var stripsRight = false
  }

  // By first byte, longest first: where several match, the longest wins.
  private let byFirstByte: [[Token]]

  init(_ tokens: [Token]) {
    var table = [[Token]](repeating: [], count: 256)
    for token in tokens.sorted(by: { $0.bytes.count > $1.bytes.count }) {
      if let first = token.bytes.first { table[Int(first)].append(token) }
    }
    byFirstByte = table
  }

  /// Cuts the text at its added tokens; special ones only where `includingSpecial`.
  func split(
    _ bytes: UnsafeBufferPointer<UInt8>, includingSpecial: Bool, text: (Range<Int>) -> Void, token: (Int32) -> Void
  ) {
    var start = 0
    var position = 0
    while position < bytes.count {
      guard let match = match(bytes, at: position, includingSpecial: includingSpecial) else {
        position += 1
        continue
      }
      let before = match.stripsLeft ? trimmedEnd(bytes, start..<position) : position
      if start < before { text(start..<before) }
      token(match.id)
      position += match.bytes.count
      if match.stripsRight {
        position = ScalarScanner(bytes: bytes, end: bytes.count).run(from: position, while: \.isWhitespace)
      }
      start = position
    }
    if start < bytes.count { text(start..<bytes.count) }
  }

  private func match(_ bytes: UnsafeBufferPointer<UInt8>, at i: Int, includingSpecial: Bool) -> Token? {
    byFirstByte[Int(bytes[i])].first { token in
      (includingSpecial || !token.isSpecial) && token.bytes.count <= bytes.count - i
        && token.bytes.indices.allSatisfy { bytes[i + $0] == token.bytes[$0] }
    }
  }

  /// Where the last scalar that is not whitespace ends.
  private func trimmedEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
    let scanner = ScalarScanner(bytes: bytes, end: range.upperBound)
    var position = range.lowerBound
    var end = position
    while let (kind, after) = scanner.next(position) {
      if !kind.isWhitespace { end = after }
      position = after
    }
    return end
  }
}
