import Foundation

extension ModelSource {
  /// The model's tokenizer.
  ///
  /// - Throws: `FormatError`; `.damaged` also when it has more tokens than the model has embeddings.
  public func tokenizer() throws -> Tokenizer {
    let tokenizer =
      try gguf.map { try Tokenizer(gguf: $0) }
      ?? Tokenizer(huggingFace: path + "/tokenizer.json", configuration: configuration)
    guard tokenizer.vocabularySize <= configuration.vocabularySize else {
      throw FormatError.damaged(
        path: path,
        reason: "its tokenizer has \(tokenizer.vocabularySize) tokens, its embeddings \(configuration.vocabularySize)")
    }
    return tokenizer
  }
}

extension ModelSource {
  /// The Jinja text of the model's chat template, or nil where it has none.
  ///
  /// - Throws: `FormatError`.
  public func chatTemplateText() throws -> String? {
    if let gguf { return gguf.metadata["tokenizer.chat_template"]?.stringValue }
    let file = path + "/chat_template.jinja"
    if FileManager.default.fileExists(atPath: file) {
      return String(decoding: try MappedFile.contents(of: file, limit: 1 << 24), as: UTF8.self)
    }
    return try TokenizerConfiguration(directory: path)?.chatTemplate?.text
  }

  /// The model's chat template, or the one of `family` whatever the model says.
  ///
  /// - Throws: `ChatTemplateError.missing` or `.unrecognised`, which name the `--template` option; `FormatError`.
  public func chatTemplate(_ family: ChatTemplate.Family? = nil, tokenizer: Tokenizer) throws -> ChatTemplate {
    func text(_ id: Int32?) throws -> String { try id.map { try tokenizer.decode([$0]) } ?? "" }
    let (bos, eos) = (try text(tokenizer.bosToken), try text(tokenizer.eosToken))
    let jinja = try chatTemplateText()
    let own = jinja.flatMap { ChatTemplate(jinja: $0, bos: bos, eos: eos) }
    if let family {
      // A name that agrees with the model keeps what the model adds, such as its default system message.
      if let own, own.family == family { return own }
      return ChatTemplate(family, bos: bos, eos: eos)
    }
    guard jinja != nil else { throw ChatTemplateError.missing(path: path) }
    guard let own else { throw ChatTemplateError.unrecognised(path: path) }
    return own
  }
}
