/// How prompts and answers become tokens: with a chat template, or as they are.
public struct PromptFormat: Sendable {
  /// The base's tokenizer.
  public let tokenizer: Tokenizer
  /// The template around a user's message; nil where text goes to the model as it is.
  public let chat: ChatTemplate?
  /// A system message, for templates that have one; nil for the template's own.
  public let system: String?
  /// Tokens that end an answer.
  public let stopTokens: Set<Int32>

  /// A format for a base.
  public init(tokenizer: Tokenizer, chat: ChatTemplate?, system: String? = nil, eosTokenIDs: [Int] = []) {
    self.tokenizer = tokenizer
    self.chat = chat
    self.system = system
    var stops = Set(eosTokenIDs.map { Int32($0) })
    if let eos = tokenizer.eosToken { stops.insert(eos) }
    if let chat, let end = tokenizer.id(of: chat.endOfTurn) { stops.insert(end) }
    stopTokens = stops
  }

  /// Tokens of a prompt, ready for the answer.
  ///
  /// - Throws: `ChatTemplateError.conversation`.
  public func prompt(_ text: String) throws -> [Int32] { try encode(prompt: text, answer: "").prompt }

  /// Tokens of a prompt and of its answer; with a chat template the mark that ends the answer belongs to it.
  ///
  /// - Throws: `ChatTemplateError.conversation`.
  public func encode(prompt: String, answer: String) throws -> (prompt: [Int32], answer: [Int32]) {
    let text =
      try chat?.promptAndAnswer(prompt: prompt, system: system, answer: answer) ?? (prompt: prompt, answer: answer)
    var ids = tokenizer.encode(text.prompt)
    if tokenizer.addsBOS, let bos = tokenizer.bosToken, ids.first != bos { ids.insert(bos, at: 0) }
    return (ids, tokenizer.encode(text.answer))
  }

  /// Tokens of an answer without the mark that ends it: what choices are compared by.
  public func choice(_ text: String) -> [Int32] { tokenizer.encode(chat?.family == .llama2 ? " " + text : text) }

  /// The text of generated tokens.
  ///
  /// - Throws: `TokenizerError.invalidToken`.
  public func text(_ ids: [Int32]) throws -> String { try tokenizer.decode(ids, skipSpecial: true) }
}
