import Foundation
import MTL
import Testing

@Suite struct PreTokenizerTests {
  static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  static let llama3 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"#
    + #"\s+(?!\S)|\s+"#

  private func matches(_ regex: String, _ text: String) throws -> [String] {
    let expression = try NSRegularExpression(pattern: regex)
    let utf16 = text as NSString
    return expression.matches(in: text, range: NSRange(location: 0, length: utf16.length))
      .map { utf16.substring(with: $0.range) }
  }

  @Test(arguments: [gpt2, llama3]) func theScannerEqualsItsRegularExpression(regex: String) throws {
    let stage = try #require(PreTokenizer.Stage(regex: regex))
    let splitter = PreTokenizer(stages: [stage])
    let alphabet: [String] = [
      "a", "B", "s", "S", "t", "re", "LL", "'", "'", "1", "2", "½", "Ⅷ", "٣", " ", " ", "  ", "\n", "\r", "\r\n", "\t",
      "\u{a0}", "\u{3000}", "\u{2028}", "\u{200b}", "é", "e\u{301}", "ñ", "Ж", "한", "日", "ſ", "ª", "🙂", "\u{feff}", "!",
      "-",
      "$", "_", "\u{0}", "𝔘", "²",
    ]
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<3000 {
      let count = Int.random(in: 0...12, using: &generator)
      let text = (0..<count).compactMap { _ in alphabet.randomElement(using: &generator) }.joined()
      let pieces = splitter.pieces(of: text)
      #expect(
        pieces.map { Array($0.utf8) } == (try matches(regex, text)).map { Array($0.utf8) }, "\(text.debugDescription)")
    }
  }

  @Test func digitsAreIsolatedBeforeTheRest() {
    let splitter = PreTokenizer(stages: [.digits(individual: true), .gpt2])
    #expect(splitter.pieces(of: "IL-6  12½x") == ["IL", "-", "6", "  ", "1", "2", "½", "x"])
    let runs = PreTokenizer(stages: [.digits(individual: false), .gpt2])
    #expect(runs.pieces(of: "IL-6  12½x") == ["IL", "-", "6", "  ", "12½", "x"])
  }

  @Test func anUnknownExpressionIsNotTakenForAKnownOne() {
    #expect(PreTokenizer.Stage(regex: Self.gpt2 + " ") == nil)
  }
}
