import Foundation

/// Conversations: `messages` of `role` and `content`, or ShareGPT's `conversations` of `from` and `value`.
///
/// Added fields: `output` (the last answer of the assistant), `instruction` (the user's message before it), `input`
/// (empty), `system`, `history` (`role` and `content` of the turns before), and `dialogue` (all before the answer as
/// text, each turn begun with `User:` or `Assistant:`).
struct ChatReader: RowReader {
  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    try JSONArrayOrLinesReader().forEachRow(path) { row in
      try body(row.flatMap { Self.turns($0, path) })
    }
  }

  private static func turns(_ row: DataRow, _ path: String) -> Result<DataRow, TaskError> {
    func bad(_ reason: String) -> Result<DataRow, TaskError> {
      .failure(.badRow(file: path, line: row.line, reason: reason))
    }
    guard case .list(let messages)? = row.fields["messages"] ?? row.fields["conversations"] else {
      return bad("there is no list `messages` or `conversations`")
    }
    var system: [String] = []
    var turns: [(role: String, content: String)] = []
    for (number, message) in messages.enumerated() {
      guard case .object(let fields) = message, let said = fields["role"] ?? fields["from"],
        let content = fields["content"] ?? fields["value"]
      else { return bad("message \(number + 1) has no role and content") }
      switch said.text.lowercased() {
      case "system": system.append(content.text)
      case "user", "human": turns.append(("user", content.text))
      case "assistant", "gpt", "model", "bot", "chatgpt": turns.append(("assistant", content.text))
      case "tool", "function", "observation": turns.append(("tool", content.text))
      default: return bad("message \(number + 1) is by `\(said.text)`, neither system, user, assistant nor tool")
      }
    }
    guard let last = turns.lastIndex(where: { $0.role == "assistant" }) else {
      return bad("the assistant says nothing")
    }
    guard let asked = turns[..<last].lastIndex(where: { $0.role == "user" }) else {
      return bad("nothing is asked before the assistant's last answer")
    }
    var row = row
    row.fields["system"] = .string(system.joined(separator: "\n\n"))
    row.fields["instruction"] = .string(turns[asked].content)
    row.fields["input"] = .string("")
    row.fields["output"] = .string(turns[last].content)
    row.fields["history"] = .list(
      turns[..<asked].map { .object(["role": .string($0.role), "content": .string($0.content)]) })
    row.fields["dialogue"] = .string(
      turns[..<last].map { "\($0.role.capitalized): \($0.content)" }.joined(separator: "\n\n"))
    return .success(row)
  }
}
