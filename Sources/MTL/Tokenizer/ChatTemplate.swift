/// A turn of a conversation.
public struct ChatMessage: Sendable, Hashable, Codable {
  /// Who speaks.
  public enum Role: String, Sendable, Codable {
    /// The instructions before the conversation, the person, the model.
    case system, user, assistant
  }

  /// Who speaks.
  public var role: Role
  /// What is said.
  public var content: String

  /// A turn.
  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// How a model writes a conversation as text.
public struct ChatTemplate: Sendable, Hashable {
  /// The ways of writing that this program knows.
  public enum Family: String, Sendable, Codable, CaseIterable {
    /// `<|im_start|>role ... <|im_end|>`
    case chatml
    /// `[INST] <<SYS>> ... <</SYS>> ... [/INST]`
    case llama2
    /// `<|start_header_id|>role<|end_header_id|> ... <|eot_id|>`
    case llama3
    /// `### Instruction: ... ### Response: ...`
    case alpaca
  }

  /// Which way of writing it is.
  public let family: Family
  /// The system message where a conversation has none; nil leaves it out.
  public var defaultSystem: String?
  /// What LLaMA 3.1 puts before every system message.
  public var systemPreamble: String?
  /// Whether white space around a message is removed.
  public var trimsContent: Bool
  /// The text of the token before a conversation; empty where the template writes none.
  public var bos: String
  /// The text of the token that ends an answer in the families that have no mark of their own.
  public var eos: String

  /// The usual template of a family, for a model whose texts begin and end with `bos` and `eos`.
  public init(_ family: Family, bos: String, eos: String) {
    self.family = family
    self.eos = eos
    self.bos = family == .llama2 || family == .llama3 ? bos : ""
    trimsContent = family != .chatml
    defaultSystem = family == .alpaca ? Self.alpacaPreamble : nil
  }

  // Source: Taori et al. 2023, Stanford Alpaca, the prompt without an input.
  static let alpacaPreamble =
    "Below is an instruction that describes a task. Write a response that appropriately completes the request."

  /// What follows an answer; its token is where generation stops.
  public var endOfTurn: String {
    switch family {
    case .chatml: "<|im_end|>"
    case .llama3: "<|eot_id|>"
    case .llama2, .alpaca: eos
    }
  }

  /// The conversation as text, ready for the model's answer where `addGenerationPrompt` is true.
  ///
  /// - Throws: `ChatTemplateError.conversation` for an order of roles that the family cannot write.
  public func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
    switch family {
    case .chatml: renderChatML(messages, addGenerationPrompt)
    case .llama2: try renderLLaMA2(messages)
    case .llama3: renderLLaMA3(messages, addGenerationPrompt)
    case .alpaca: try renderAlpaca(messages, addGenerationPrompt)
    }
  }

  /// The text before an answer, and the answer with the mark that ends it: what training tokenises apart.
  ///
  /// - Throws: `ChatTemplateError.conversation`.
  public func promptAndAnswer(
    prompt: String, system: String? = nil, answer: String
  ) throws -> (prompt: String, answer: String) {
    var messages = [ChatMessage(role: .user, content: prompt)]
    if let system { messages.insert(ChatMessage(role: .system, content: system), at: 0) }
    let answer = content(answer)
    return (
      try render(messages, addGenerationPrompt: true),
      family == .llama2 ? " \(answer) \(eos)" : answer + endOfTurn
    )
  }

  func content(_ text: String) -> String {
    trimsContent ? text.trimmed : text
  }
}

extension String {
  /// Without white space at either end.
  var trimmed: String {
    func isText(_ scalar: Unicode.Scalar) -> Bool { !scalar.properties.isWhitespace }
    guard let first = unicodeScalars.firstIndex(where: isText), let last = unicodeScalars.lastIndex(where: isText)
    else {
      return ""
    }
    return String(unicodeScalars[first...last])
  }
}
