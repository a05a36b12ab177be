import Foundation

/// Tokens with IOB tags (CoNLL-2003, IOB1, IOB2 and IOBES): the first column is the token, the last its tag.
///
/// Fields: `text` (the tokens joined by spaces), `tokens`, `tags`, `entities` (`text`, `type`, `start`, `end` in
/// tokens), and `types` (for every type in the row the different mentions, in the order of the text).
struct CoNLLReader: RowReader {
  /// What becomes a row.
  enum Unit: String, CaseIterable {
    /// Lines up to an empty one.
    case sentence
    /// Lines up to `-DOCSTART-`.
    case document
  }

  var unit = Unit.sentence

  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    var tokens: [(token: String, tag: String)] = []
    var start = 0
    var mistake: TaskError?
    func finish() throws -> Bool {
      defer {
        tokens = []
        mistake = nil
      }
      if let mistake { return try body(.failure(mistake)) }
      return tokens.isEmpty ? true : try body(.success(Self.row(tokens, start)))
    }
    var goesOn = true
    try forEachLine(path) { line, data in
      guard case .success(let text) = lineText(data, path, line) else {
        mistake = mistake ?? .badRow(file: path, line: line, reason: "the line is not UTF-8 text")
        return true
      }
      let isMark = text.hasPrefix("-DOCSTART-")
      if isMark || text.allSatisfy(\.isWhitespace) {
        if isMark || unit == .sentence { goesOn = try finish() }
        return goesOn
      }
      let columns =
        text.contains("\t")
        ? text.split(separator: "\t", omittingEmptySubsequences: false) : text.split(separator: " ")
      guard columns.count >= 2, let token = columns.first, let tag = columns.last, Self.isTag(tag) else {
        let reason = "the line is not a token and an IOB tag such as O, B-Disease or I-Disease"
        mistake = mistake ?? .badRow(file: path, line: line, reason: reason)
        return true
      }
      if tokens.isEmpty { start = line }
      tokens.append((String(token), String(tag)))
      return true
    }
    if goesOn { _ = try finish() }
  }

  private static func isTag(_ tag: Substring) -> Bool {
    tag == "O" || (tag.count > 2 && "BIESLU".contains(tag.prefix(1)) && tag.dropFirst().first == "-")
  }

  private static func row(_ tokens: [(token: String, tag: String)], _ line: Int) -> DataRow {
    var spans: [(type: String, start: Int, end: Int)] = []
    var open: String?
    for (i, (_, tag)) in tokens.enumerated() {
      guard tag != "O" else {
        open = nil
        continue
      }
      let type = String(tag.dropFirst(2))
      let mark = tag.prefix(1)
      let begins = mark == "B" || mark == "S" || mark == "U" || open != type
      if begins { spans.append((type, i, i + 1)) } else { spans[spans.count - 1].end = i + 1 }
      open = mark == "E" || mark == "L" || mark == "S" || mark == "U" ? nil : type
    }
    let mentions = spans.map { span in
      Mention(
        text: tokens[span.start..<span.end].map(\.token).joined(separator: " "), type: span.type, start: span.start,
        end: span.end)
    }
    return DataRow(
      line: line,
      fields: [
        "text": .string(tokens.map(\.token).joined(separator: " ")),
        "tokens": .list(tokens.map { .string($0.token) }),
        "tags": .list(tokens.map { .string($0.tag) }),
        "entities": .list(mentions.map(\.value)),
        "types": Mention.byType(mentions),
      ])
  }
}

/// A mention of an entity in a text.
struct Mention {
  var text: String
  var type: String
  var start: Int
  var end: Int

  var value: FieldValue {
    .object([
      "text": .string(text), "type": .string(type), "start": .number(Double(start)), "end": .number(Double(end)),
    ])
  }

  /// The different mentions of every type, in the order of the text.
  static func byType(_ mentions: [Mention]) -> FieldValue {
    var types: [String: [String]] = [:]
    for mention in mentions where types[mention.type]?.contains(mention.text) != true {
      types[mention.type, default: []].append(mention.text)
    }
    return .object(types.mapValues { .list($0.map { .string($0) }) })
  }
}
