import Foundation
import Yams

extension AnswerRule {
  private static let words: [String: Kind] = [
    "text": .text, "first-line": .firstLine, "choice": .choice, "number": .number,
  ]

  /// The rule of a manifest: `answer: choice`, `answer: {pattern: "...", take: last}`, or a `filter_list` of
  /// lm-evaluation-harness with one filter.
  static func read(_ top: YAMLSection) -> AnswerRule {
    if top.has("filter_list"), !top.has("answer") { return harness(top) }
    guard let node = top.node("answer") else { return AnswerRule() }
    if let word = node.scalar?.string {
      if let kind = words[word] { return AnswerRule(kind) }
      let nearest = nearestWord(to: word, among: words.keys.sorted()).map { "; did you mean `\($0)`?" } ?? ""
      top.mistake(
        "answer", "must be one of \(words.keys.sorted().joined(separator: ", "))\(nearest), or {pattern: ...}")
      return AnswerRule()
    }
    guard let section = top.section("answer") else { return AnswerRule() }
    var rule = AnswerRule()
    if let pattern = section.string("pattern") {
      if (try? NSRegularExpression(pattern: pattern)) == nil {
        section.mistake("pattern", "is not a regular expression")
      }
      rule.kind = .pattern(pattern)
    } else if let word = section.string("find") {
      if let kind = words[word] {
        rule.kind = kind
      } else {
        section.mistake("find", "must be one of \(words.keys.sorted().joined(separator: ", ")), not `\(word)`")
      }
    }
    rule.take = section.word("take", Take.self) ?? .first
    rule.marker = section.string("after")
    section.finish()
    return rule
  }

  /// `- {name: ..., filter: [{function: regex, regex_pattern: ..., group_select: -1}, {function: take_first}]}`.
  private static func harness(_ top: YAMLSection) -> AnswerRule {
    var rule = AnswerRule()
    let filters = top.node("filter_list")?.sequence ?? []
    if filters.count != 1 {
      top.mistake("filter_list", "must hold one filter; write a task for each of several ways to read an answer")
    }
    for step in filters.first?.mapping?["filter"]?.sequence ?? [] {
      let mapping = step.mapping
      switch mapping?["function"]?.string {
      case "take_first", "remove_whitespace": break
      case "regex":
        let pattern = mapping?["regex_pattern"]?.string ?? #"#### (\-?[0-9\.\,]+)"#
        if (try? NSRegularExpression(pattern: pattern)) == nil {
          top.mistakes.add("`regex_pattern` is not a regular expression", line: step.mark?.line)
        }
        rule.kind = .pattern(pattern)
        rule.take = mapping?["group_select"]?.int == -1 ? .last : .first
      case let function:
        top.mistakes.add(
          "the filter function `\(function ?? "")` is not supported; write `answer: {pattern: ...}`",
          line: step.mark?.line)
      }
    }
    return rule
  }
}
