/// Splits text into the pieces that byte pairs are merged within.
package struct PreTokenizer: Sendable, Hashable {
  /// A split; stages apply one after the other, each within the pieces of the one before.
  package enum Stage: Sendable, Hashable {
    /// Isolates every number character, or every run of them.
    case digits(individual: Bool)
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*`, or
    /// `\s*[\r\n]+|\s+(?!\S)|\s+`
    case llama3

    /// The stage of a regular expression as tokenizer.json writes it.
    package init?(regex: String) {
      switch regex {
      case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: self = .gpt2
      case #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#:
        self = .llama3
      default: return nil
      }
    }
  }

  let stages: [Stage]

  package init(stages: [Stage]) { self.stages = stages }

  /// The pieces of `text`.
  package func pieces(of text: String) -> [String] {
    var text = text
    return text.withUTF8 { bytes in
      var pieces: [String] = []
      split(bytes, 0..<bytes.count) { pieces.append(String(decoding: bytes[$0], as: UTF8.self)) }
      return pieces
    }
  }

  /// Calls `body` with the range of each piece of `range`, in order; together they are the whole range.
  func split(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    split(bytes, range, stages[...], body)
  }

  private func split(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ stages: ArraySlice<Stage>, _ body: (Range<Int>) -> Void
  ) {
    guard let stage = stages.first else { return body(range) }
    let scanner = ScalarScanner(bytes: bytes, end: range.upperBound)
    var start = range.lowerBound
    while start < range.upperBound {
      let end = stage.endOfPiece(scanner, from: start)
      split(bytes, start..<end, stages.dropFirst(), body)
      start = end
    }
  }
}

extension PreTokenizer.Stage {
  fileprivate func endOfPiece(_ scanner: ScalarScanner, from i: Int) -> Int {
    switch self {
    case .digits(let individual): Self.digits(scanner, from: i, individual: individual)
    case .gpt2: Self.gpt2(scanner, from: i)
    case .llama3: Self.llama3(scanner, from: i)
    }
  }

  private static func digits(_ scanner: ScalarScanner, from i: Int, individual: Bool) -> Int {
    guard let (kind, _) = scanner.next(i) else { return i }
    if kind == .number { return scanner.run(from: i, maximum: individual ? 1 : .max) { $0 == .number } }
    return scanner.run(from: i) { $0 != .number }
  }

  private static func gpt2(_ scanner: ScalarScanner, from i: Int) -> Int {
    if let length = scanner.contraction(at: i, ignoringCase: false) { return i + length }
    let start = scanner.bytes[i] == 0x20 ? i + 1 : i
    guard let (kind, _) = scanner.next(start), !kind.isWhitespace else { return scanner.whitespace(from: i) }
    return scanner.run(from: start) { $0 == kind }
  }

  private static func llama3(_ scanner: ScalarScanner, from i: Int) -> Int {
    if let length = scanner.contraction(at: i, ignoringCase: true) { return i + length }
    guard let (kind, after) = scanner.next(i) else { return i }
    switch kind {
    case .letter: return scanner.run(from: i) { $0 == .letter }
    case .number: return scanner.run(from: i, maximum: 3) { $0 == .number }
    case .newline: return whitespaceUpToNewline(scanner, from: i)
    case .space, .other:
      let following = scanner.next(after)?.kind
      if following == .letter { return scanner.run(from: after) { $0 == .letter } }
      guard kind == .other || (scanner.bytes[i] == 0x20 && following == .other) else {
        return whitespaceUpToNewline(scanner, from: i)
      }
      let punctuation = scanner.run(from: kind == .other ? i : after) { $0 == .other }
      return scanner.run(from: punctuation) { $0 == .newline }
    }
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: the run up to its last newline, where it has one.
  private static func whitespaceUpToNewline(_ scanner: ScalarScanner, from i: Int) -> Int {
    var afterNewline: Int?
    var position = i
    while let (kind, after) = scanner.next(position), kind.isWhitespace {
      if kind == .newline { afterNewline = after }
      position = after
    }
    return afterNewline ?? scanner.whitespace(from: i)
  }
}
