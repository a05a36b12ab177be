import Foundation
import MTL
import Testing

/// The parts of the reference that are about text.
private struct Reference: Decodable {
  struct Chat: Decodable {
    let messages: [ChatMessage]
    let rendered: String
  }

  struct Example: Decodable {
    let question: String
    let answer: String
    let prompt_ids: [Int32]
    let answer_ids: [Int32]
  }

  let chat: [Chat]
  let examples: [Example]

  static func read() throws -> Reference {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("smollm2-135m/reference.json")))
    return try JSONDecoder().decode(Reference.self, from: data)
  }
}

@Suite struct ChatTemplateTests {
  private let conversation = [
    ChatMessage(role: .system, content: "Be brief."), ChatMessage(role: .user, content: " Hi "),
    ChatMessage(role: .assistant, content: "Hello."), ChatMessage(role: .user, content: "Why?"),
  ]

  @Test func chatsRenderAsTheReferenceRendersThem() throws {
    let source = try BaseModelFixture.source()
    let template = try source.chatTemplate(tokenizer: source.tokenizer())
    let chats = try Reference.read().chat
    #expect(chats.count == 2)
    for chat in chats {
      #expect(try template.render(chat.messages, addGenerationPrompt: true) == chat.rendered)
    }
  }

  @Test func promptAndAnswerTokensAreTheReferences() throws {
    let source = try BaseModelFixture.source()
    let tokenizer = try source.tokenizer()
    let template = try source.chatTemplate(tokenizer: tokenizer)
    let examples = try Reference.read().examples
    #expect(examples.count == 4)
    for example in examples {
      let (prompt, answer) = try template.promptAndAnswer(prompt: example.question, answer: example.answer)
      #expect(tokenizer.encode(prompt) == example.prompt_ids)
      #expect(tokenizer.encode(answer) == example.answer_ids)
    }
  }

  @Test func namingTheModelsOwnFamilyKeepsItsSystemMessage() throws {
    let source = try BaseModelFixture.source()
    let tokenizer = try source.tokenizer()
    let own = try source.chatTemplate(tokenizer: tokenizer)
    #expect(own.defaultSystem == "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
    #expect(try source.chatTemplate(.chatml, tokenizer: tokenizer) == own)
    #expect(try source.chatTemplate(.alpaca, tokenizer: tokenizer).family == .alpaca)
    #expect(try source.chatTemplate(.llama3, tokenizer: tokenizer).endOfTurn == "<|eot_id|>")
  }

  // The templates below are shortened from what models of each family carry.
  @Test func llama2IsRecognisedAndRendered() throws {
    let jinja = """
      {% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content'] %}{% endif %}\
      {% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}\
      {{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{{ ' ' + content.strip() + ' ' + eos_token }}
      """
    let template = try #require(ChatTemplate(jinja: jinja, bos: "<s>", eos: "</s>"))
    #expect(template.family == .llama2 && template.defaultSystem == nil)
    #expect(
      try template.render(conversation, addGenerationPrompt: true)
        == "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hi [/INST] Hello. </s><s>[INST] Why? [/INST]")
    #expect(throws: ChatTemplateError.self) {
      try template.render([ChatMessage(role: .assistant, content: "x")], addGenerationPrompt: true)
    }
  }

  @Test func llama3IsRecognisedAndRendered() throws {
    let jinja = """
      {% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim \
      + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}
      """
    let template = try #require(ChatTemplate(jinja: jinja, bos: "<|begin_of_text|>", eos: "<|end_of_text|>"))
    #expect(template.family == .llama3)
    #expect(
      try template.render(Array(conversation.prefix(2)), addGenerationPrompt: true)
        == "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")
  }

  @Test func llama31WritesItsDatesEvenWithoutASystemMessage() throws {
    let jinja = """
      {{- bos_token }}{%- if not date_string is defined %}{%- set date_string = "26 Jul 2024" %}{%- endif %}
      {{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}{{- "Cutting Knowledge Date: December 2023\\n" }}
      {{- "Today Date: " + date_string + "\\n\\n" }}{{- messages[0]['content']|trim }}{{- "<|eot_id|>" }}
      """
    let template = try #require(ChatTemplate(jinja: jinja, bos: "<B>", eos: ""))
    #expect(
      try template.render([ChatMessage(role: .user, content: "Hi")], addGenerationPrompt: false)
        == "<B><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
        + "Today Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>")
  }

  @Test func alpacaIsRecognisedAndRendered() throws {
    let jinja = """
      {{ bos_token + system_message }}{{ '### Instruction:\\n' + message['content'] | trim + '\\n\\n' }}\
      {{ '### Response:\\n' + message['content'] | trim + eos_token + '\\n\\n' }}
      """
    let template = try #require(ChatTemplate(jinja: jinja, bos: "<s>", eos: "</s>"))
    #expect(template.family == .alpaca && template.defaultSystem == nil)
    #expect(
      try template.render(conversation, addGenerationPrompt: true)
        == "<s>Be brief.\n\n### Instruction:\nHi\n\n### Response:\nHello.</s>\n\n### Instruction:\nWhy?\n\n"
        + "### Response:\n")
    #expect(
      try ChatTemplate(.alpaca, bos: "<s>", eos: "</s>").promptAndAnswer(prompt: "Hi", answer: "Hello.").prompt
        == "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        + "\n\n### Instruction:\nHi\n\n### Response:\n")
  }

  @Test func chatMLSystemMessageIsReadOnlyWhereItIsALiteral() throws {
    let dynamic = "{{ '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}"
    let literal = "{{ '<|im_start|>system\\nYou\\'re kind.<|im_end|>\\n' }}"
    #expect(ChatTemplate(jinja: dynamic, bos: "", eos: "")?.defaultSystem == nil)
    #expect(ChatTemplate(jinja: dynamic + literal, bos: "", eos: "")?.defaultSystem == "You're kind.")
  }

  @Test(arguments: ChatTemplate.Family.allCases)
  func theAnswerFollowsThePromptAsInAWholeConversation(family: ChatTemplate.Family) throws {
    let template = ChatTemplate(family, bos: "<s>", eos: "</s>")
    let (prompt, answer) = try template.promptAndAnswer(prompt: "Hi", system: "Be brief.", answer: "Hello.")
    let whole = try template.render(
      [
        ChatMessage(role: .system, content: "Be brief."), ChatMessage(role: .user, content: "Hi"),
        ChatMessage(role: .assistant, content: "Hello."),
      ], addGenerationPrompt: false)
    #expect(whole.hasPrefix(prompt + answer))
    #expect(answer.hasSuffix(template.endOfTurn))
  }

  @Test func aTemplateOfNoKnownFamilyAsksForTheOption() throws {
    #expect(ChatTemplate(jinja: "{{ '<|user|>' + message['content'] }}", bos: "", eos: "") == nil)
    let text = "\(ChatTemplateError.unrecognised(path: "m.gguf"))"
    #expect(text.contains("--template (chatml, llama2, llama3, alpaca)"))
  }
}
