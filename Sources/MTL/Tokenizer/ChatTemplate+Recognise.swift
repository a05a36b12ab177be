extension ChatTemplate {
  /// The template that a model's Jinja text amounts to, or nil when it is of no known family.
  ///
  /// The marks that a family is named for decide; what a model adds (a default system message, the date of
  /// LLaMA 3.1) is taken from the text.
  public init?(jinja: String, bos: String, eos: String) {
    func has(_ marks: String...) -> Bool { marks.allSatisfy(jinja.contains) }
    let family: Family
    if has("<|im_start|>", "<|im_end|>") {
      family = .chatml
    } else if has("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>") {
      family = .llama3
    } else if has("[INST]", "[/INST]", "<<SYS>>") {
      family = .llama2
    } else if has("### Instruction:", "### Response:") {
      family = .alpaca
    } else {
      return nil
    }
    self.init(family, bos: bos, eos: eos)
    self.bos = has("bos_token") ? bos : ""
    trimsContent = has("trim") || has(".strip()")
    switch family {
    case .chatml:
      defaultSystem = Self.literal(in: jinja, from: "<|im_start|>system", to: "<|im_end|>")
    case .llama3:
      systemPreamble = Self.dateLines(in: jinja)
    case .alpaca:
      defaultSystem = jinja.contains(Self.alpacaPreamble) ? Self.alpacaPreamble : nil
    case .llama2: break
    }
  }

  /// The text between a line that ends with `opening` and `closing`, where the template has it as a plain literal.
  private static func literal(in jinja: String, from opening: String, to closing: String) -> String? {
    // Jinja writes a new line as itself or as \n.
    let text = unescaped(jinja)
    for piece in text.components(after: opening + "\n") {
      guard let end = piece.range(of: closing) else { continue }
      let literal = piece[..<end.lowerBound]
      // Quotes with an operator, or braces, mean that the system message itself is put in here.
      let isPlain = ["{{", "}}", "{%", "' +", "'+", "\" +", "\"+", "' ~", "'~"].allSatisfy { !literal.contains($0) }
      if isPlain, !literal.isEmpty { return String(literal) }
    }
    return nil
  }

  /// LLaMA 3.1's two lines of dates; the day is the one the template falls back on, so that runs repeat.
  private static func dateLines(in jinja: String) -> String? {
    let text = unescaped(jinja)
    let opening = "Cutting Knowledge Date: "
    guard let cutoff = text.components(after: opening).first?.prefix(while: { $0 != "\n" && $0 != "\"" }),
      let today = text.components(after: "date_string = \"").first?.prefix(while: { $0 != "\"" })
    else { return nil }
    return "\(opening)\(cutoff)\nToday Date: \(today)\n\n"
  }

  private static func unescaped(_ jinja: String) -> String {
    jinja.replacing("\\n", with: "\n").replacing("\\'", with: "'").replacing("\\\"", with: "\"")
  }
}

extension String {
  /// What follows each occurrence of `mark`, up to the text's end.
  fileprivate func components(after mark: String) -> [Substring] {
    ranges(of: mark).map { self[$0.upperBound...] }
  }
}

extension Substring {
  fileprivate func range(of mark: String) -> Range<Index>? { firstRange(of: mark) }
}

/// A `chat_template` entry: one text, or several by name.
struct ChatTemplateText: Decodable {
  let text: String?

  private struct Named: Decodable {
    let name: String
    let template: String
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self.text = text
    } else {
      let named = try container.decode([Named].self)
      text = (named.first { $0.name == "default" } ?? named.first)?.template
    }
  }
}
