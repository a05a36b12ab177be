import Foundation

/// How a pool of instructions is divided into categories: a YAML file with `rules` or `descriptions`.
public enum CategoryPlan: Sendable {
  /// The first rule that matches.
  case rules([CategoryRule], otherwise: String?)
  /// The description that a base model finds likeliest.
  case descriptions([CategoryDescription])

  /// Reads a plan: `rules: {category: [regular expressions]}` and perhaps `otherwise: category`, or
  /// `descriptions: {category: text}`, in their order.
  ///
  /// - Throws: ``ConfigurationError`` with every mistake, `FormatError.unreadable`.
  public init(path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw FormatError.unreadable(path: path, reason: "it is missing or not UTF-8 text")
    }
    let top = try YAMLSection(text: text, file: path)
    if top.has("descriptions") {
      let section = top.section("descriptions")
      let keys = section?.allKeys() ?? []
      let descriptions = keys.compactMap { category in
        section?.string(category).map { CategoryDescription(category: category, text: $0) }
      }
      if let empty = descriptions.first(where: { $0.text.allSatisfy(\.isWhitespace) }) {
        section?.mistake(empty.category, "must say what its tasks are, such as: answering a question")
      }
      if section != nil, keys.count < 2 { top.mistake("descriptions", "must describe at least two categories") }
      self = .descriptions(descriptions)
    } else {
      let section = top.section("rules")
      if section == nil, !top.has("rules") {
        top.mistakes.add("there must be `rules` or `descriptions`: a mapping of categories", line: top.line)
      }
      let rules = (section?.allKeys() ?? []).compactMap { category in
        section.flatMap { CategoryRule(category, $0) }
      }
      if section != nil, rules.isEmpty { top.mistake("rules", "must have at least one category") }
      self = .rules(rules, otherwise: top.string("otherwise"))
    }
    top.finish()
    try top.throwMistakes()
  }

  /// The categories in their order.
  public var categories: [String] {
    switch self {
    case .rules(let rules, let otherwise):
      rules.map(\.category) + [otherwise].compactMap { $0 }.filter { name in !rules.contains { $0.category == name } }
    case .descriptions(let descriptions): descriptions.map(\.category)
    }
  }
}

/// A category and what its instructions look like.
public struct CategoryRule: Sendable {
  /// The category.
  public let category: String
  /// Regular expressions (ICU's), any of which may match anywhere, without regard to case.
  public let patterns: [String]
  private let expressions: [NSRegularExpression]

  /// A rule.
  ///
  /// - Throws: The system's error for a pattern that is not a regular expression.
  public init(category: String, patterns: [String]) throws {
    self.category = category
    self.patterns = patterns
    expressions = try patterns.map { try NSRegularExpression(pattern: $0, options: [.caseInsensitive]) }
  }

  fileprivate init?(_ category: String, _ section: YAMLSection) {
    guard let patterns = section.strings(category) else { return nil }
    if patterns.isEmpty { section.mistake(category, "must list at least one regular expression") }
    for pattern in patterns where (try? NSRegularExpression(pattern: pattern)) == nil {
      section.mistake(category, "has `\(pattern)`, which is not a regular expression")
    }
    guard let rule = try? CategoryRule(category: category, patterns: patterns) else { return nil }
    self = rule
  }

  /// The first pattern that matches.
  public func match(_ instruction: String) -> String? {
    let whole = NSRange(instruction.startIndex..., in: instruction)
    return zip(patterns, expressions).first { $1.firstMatch(in: instruction, range: whole) != nil }?.0
  }
}

/// A category and what its tasks are, to follow "a task of".
public struct CategoryDescription: Sendable, Hashable {
  /// The category.
  public var category: String
  /// Such as: extracting information from a text.
  public var text: String

  /// A description.
  public init(category: String, text: String) {
    self.category = category
    self.text = text
  }
}
