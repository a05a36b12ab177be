extension ChatTemplate {
  func renderChatML(_ messages: [ChatMessage], _ addGenerationPrompt: Bool) -> String {
    var messages = messages
    if messages.first?.role != .system, let defaultSystem {
      messages.insert(ChatMessage(role: .system, content: defaultSystem), at: 0)
    }
    let turns = messages.map { "<|im_start|>\($0.role.rawValue)\n\(content($0.content))<|im_end|>\n" }
    return bos + turns.joined() + (addGenerationPrompt ? "<|im_start|>assistant\n" : "")
  }

  func renderLLaMA3(_ messages: [ChatMessage], _ addGenerationPrompt: Bool) -> String {
    func header(_ role: ChatMessage.Role) -> String { "<|start_header_id|>\(role.rawValue)<|end_header_id|>\n\n" }
    var messages = messages
    if messages.first?.role != .system, let system = defaultSystem ?? systemPreamble.map({ _ in "" }) {
      messages.insert(ChatMessage(role: .system, content: system), at: 0)
    }
    var text = bos
    for (i, message) in messages.enumerated() {
      let preamble = i == 0 && message.role == .system ? systemPreamble ?? "" : ""
      text += header(message.role) + preamble + content(message.content) + "<|eot_id|>"
    }
    return text + (addGenerationPrompt ? header(.assistant) : "")
  }

  func renderLLaMA2(_ messages: [ChatMessage]) throws -> String {
    let (system, turns) = try alternating(messages)
    var text = ""
    for (i, turn) in turns.enumerated() {
      if turn.role == .assistant {
        text += " \(content(turn.content)) \(eos)"
      } else {
        let opening = i == 0 ? system.map { "<<SYS>>\n\($0)\n<</SYS>>\n\n" } ?? "" : ""
        text += "\(bos)[INST] \(content(opening + turn.content)) [/INST]"
      }
    }
    return text
  }

  func renderAlpaca(_ messages: [ChatMessage], _ addGenerationPrompt: Bool) throws -> String {
    let (system, turns) = try alternating(messages)
    var text = bos + (system.map { content($0) + "\n\n" } ?? "")
    for turn in turns {
      if turn.role == .assistant {
        text += "### Response:\n\(content(turn.content))\(eos)\n\n"
      } else {
        text += "### Instruction:\n\(content(turn.content))\n\n"
      }
    }
    return text + (addGenerationPrompt ? "### Response:\n" : "")
  }

  /// The system message, or the default one, and the rest, which must be user and assistant in turn.
  private func alternating(_ messages: [ChatMessage]) throws -> (system: String?, turns: ArraySlice<ChatMessage>) {
    let first = messages.first
    let hasSystem = first?.role == .system
    let turns = messages.dropFirst(hasSystem ? 1 : 0)
    for (i, turn) in turns.enumerated() where turn.role != (i % 2 == 0 ? .user : .assistant) {
      throw ChatTemplateError.conversation(family, "message \(i + 1) after the system message is the \(turn.role)'s")
    }
    return (hasSystem ? first?.content : defaultSystem, turns)
  }
}
