import Foundation

/// One example of a task, in the fields of the Alpaca format and three of our own.
public struct Example: Sendable, Equatable, Codable {
  /// Task, side and number.
  public var id: String
  /// What to do.
  public var instruction: String
  /// What to do it with.
  public var input: String
  /// The answer.
  public var output: String
  /// The options, where the answer is one of a list.
  public var choices: [String]?
  /// The names from the knowledge base that the example uses.
  public var entities: [String]

  /// An example that gets its id when its file is put together.
  init(instruction: String, input: String, output: String, choices: [String]? = nil, entities: [String]) {
    self.id = ""
    self.instruction = instruction
    self.input = input
    self.output = output
    self.choices = choices
    var seen: Set<String> = []
    self.entities = entities.filter { seen.insert($0).inserted }
  }
}

extension Example {
  /// The example as one line of JSON, keys in the order of the fields.
  public var jsonLine: String {
    var fields = [
      "\"id\": \(quoted(id))", "\"instruction\": \(quoted(instruction))", "\"input\": \(quoted(input))",
      "\"output\": \(quoted(output))",
    ]
    if let choices { fields.append("\"choices\": [\(choices.map(quoted).joined(separator: ", "))]") }
    fields.append("\"entities\": [\(entities.map(quoted).joined(separator: ", "))]")
    return "{" + fields.joined(separator: ", ") + "}"
  }
}

/// A JSON string literal; everything but quotes, backslashes and control characters stays as it is.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case _ where scalar.value < 0x20:
      let hex = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
