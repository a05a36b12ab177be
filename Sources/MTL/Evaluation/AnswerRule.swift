import Foundation

/// How the answer is found in a generated text.
///
/// What does not fit the rule counts as unparsed: it is wrong for every metric, and its share is reported.
public struct AnswerRule: Sendable, Hashable, Codable {
  /// What is looked for.
  public enum Kind: Sendable, Hashable, Codable {
    /// All of the text.
    case text
    /// Its first line that is not empty.
    case firstLine
    /// What a regular expression matches: its first group, or all of it where it has none.
    case pattern(String)
    /// One of the example's choices, standing between characters that are neither letters nor digits, without case.
    case choice
    /// A number, thousands separators taken out.
    case number
  }

  /// Which of several that are found.
  public enum Take: String, Sendable, Hashable, Codable, CaseIterable {
    /// The one that begins first; of two that begin together, the longer.
    case first
    /// The one that begins last.
    case last
  }

  /// What is looked for.
  public var kind: Kind
  /// Which of several.
  public var take: Take
  /// Only what follows the last of these texts is looked at; without it there is no answer.
  public var marker: String?

  /// A rule; without arguments, the whole text is the answer.
  public init(_ kind: Kind = .text, take: Take = .first, marker: String? = nil) {
    self.kind = kind
    self.take = take
    self.marker = marker
  }

  /// The answer in `text`, white space at its ends removed; nil where there is none.
  public func parse(_ text: String, choices: [String] = []) -> String? {
    var text = text
    if let marker {
      guard let found = text.range(of: marker, options: .backwards) else { return nil }
      text = String(text[found.upperBound...])
    }
    let answer =
      switch kind {
      case .text: text
      case .firstLine: text.split(whereSeparator: \.isNewline).map(String.init).first { !$0.allSatisfy(\.isWhitespace) }
      case .pattern(let pattern): taken(Self.matches(pattern, in: text))
      case .number: taken(Self.matches(Self.number, in: text))?.replacingOccurrences(of: ",", with: "")
      case .choice: taken(Self.choices(choices, in: text))
      }
    let trimmed = answer?.trimmingCharacters(in: .whitespacesAndNewlines)
    return trimmed?.isEmpty == false ? trimmed : nil
  }

  private static let number = #"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"#

  private func taken(_ found: [String]) -> String? { take == .first ? found.first : found.last }

  private static func matches(_ pattern: String, in text: String) -> [String] {
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return [] }
    return expression.matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap { match in
      let groups = (1..<max(1, match.numberOfRanges)).compactMap { Range(match.range(at: $0), in: text) }
      return (groups.first ?? Range(match.range, in: text)).map { String(text[$0]) }
    }
  }

  /// The choices that stand in the text as words, in the order of their places.
  private static func choices(_ choices: [String], in text: String) -> [String] {
    var found: [(start: String.Index, length: Int, choice: String)] = []
    for choice in choices where !choice.isEmpty {
      var rest = text.startIndex..<text.endIndex
      while let range = text.range(of: choice, options: .caseInsensitive, range: rest) {
        let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
        let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
        if !isWord(before), !isWord(after) { found.append((range.lowerBound, choice.count, choice)) }
        rest = text.index(after: range.lowerBound)..<text.endIndex
      }
    }
    // One that is part of another in the same place is not meant.
    let outer = found.filter { inner in
      let end = text.index(inner.start, offsetBy: inner.length, limitedBy: text.endIndex) ?? text.endIndex
      return !found.contains { other in
        other.length > inner.length && other.start <= inner.start
          && (text.index(other.start, offsetBy: other.length, limitedBy: text.endIndex) ?? text.endIndex) >= end
      }
    }
    return outer.sorted { $0.start < $1.start }.map(\.choice)
  }

  private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}
