import Foundation

extension Tokenizer {
  /// The byte-level BPE tokenizer of a `tokenizer.json`, and of the `tokenizer_config.json` beside it.
  ///
  /// The first and last token are those of `configuration` where `tokenizer_config.json` names none.
  ///
  /// - Throws: `FormatError.damaged`, or `.unsupported` for another kind of tokenizer or pre-tokenizer.
  public convenience init(huggingFace path: String, configuration: ModelConfiguration? = nil) throws {
    let file: TokenizerFile = try decodeJSON(path, limit: 1 << 28)
    var parts = try TokenizerParts(file, path: path)
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let names = try TokenizerConfiguration(directory: directory)
    func id(_ token: TokenizerConfiguration.Token?) -> Int32? {
      token.flatMap { token in
        parts.added.first { $0.bytes == Array(token.text.utf8) }?.id
          ?? parts.tokens.firstIndex(of: token.text).map(Int32.init)
      }
    }
    parts.bosToken = id(names?.bosToken) ?? configuration?.bosTokenID.flatMap(Int32.init(exactly:))
    parts.eosToken = id(names?.eosToken) ?? configuration?.eosTokenIDs.first.flatMap(Int32.init(exactly:))
    try self.init(parts)
  }
}

/// `tokenizer_config.json`.
struct TokenizerConfiguration: Decodable {
  /// A token written as text or as an object with its content.
  struct Token: Decodable {
    let text: String

    private struct Object: Decodable { let content: String }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      text = try (try? container.decode(String.self)) ?? container.decode(Object.self).content
    }
  }

  let bosToken: Token?
  let eosToken: Token?
  let chatTemplate: ChatTemplateText?

  enum CodingKeys: String, CodingKey {
    case bosToken = "bos_token"
    case eosToken = "eos_token"
    case chatTemplate = "chat_template"
  }

  /// The file of `directory`, or nil where there is none.
  init?(directory: String) throws {
    let path = directory + "/tokenizer_config.json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    self = try decodeJSON(path, limit: 1 << 24)
  }
}

/// Decodes a JSON file of at most `limit` bytes.
///
/// - Throws: `FormatError`.
func decodeJSON<T: Decodable>(_ path: String, limit: Int) throws -> T {
  let data = try MappedFile.contents(of: path, limit: limit)
  do {
    return try JSONDecoder().decode(T.self, from: data)
  } catch let error as DecodingError {
    throw FormatError.damaged(path: path, reason: error.sentence)
  }
}

extension TokenizerParts {
  init(_ file: TokenizerFile, path: String) throws {
    try file.refuseUnsupported(path: path)
    let added = try (file.addedTokens ?? []).map { token in
      AddedTokens.Token(
        id: try Self.checked(token.id, path: path), bytes: Array(token.content.utf8), isSpecial: token.special ?? false,
        stripsLeft: token.lstrip ?? false, stripsRight: token.rstrip ?? false)
    }
    let largest = max(file.model.vocabulary.values.max() ?? -1, added.map { Int($0.id) }.max() ?? -1)
    _ = try Self.checked(max(largest, 0), path: path)
    var tokens = [String?](repeating: nil, count: largest + 1)
    for (text, id) in file.model.vocabulary {
      guard id >= 0, tokens[id] == nil else {
        throw FormatError.damaged(path: path, reason: "token id \(id) is negative or there twice")
      }
      tokens[id] = text
    }
    let merges = try file.model.merges.enumerated().map { rank, pair in
      guard pair.count == 2 else {
        throw FormatError.damaged(path: path, reason: "merge \(rank) is not two tokens")
      }
      return (pair[0][...], pair[1][...])
    }
    let unknown = file.model.unknownToken.flatMap { file.model.vocabulary[$0] }
    self.init(
      path: path, tokens: tokens, merges: merges, added: added,
      preTokenizer: PreTokenizer(stages: try file.stages(path: path)),
      ignoresMerges: file.model.ignoreMerges ?? false, unknownToken: unknown.map(Int32.init),
      addsBOS: file.postProcessor?.prepends ?? false)
  }

  private static func checked(_ id: Int, path: String) throws -> Int32 {
    guard (0..<maximumVocabulary).contains(id) else {
      throw FormatError.damaged(path: path, reason: "it has a token with the id \(id)")
    }
    return Int32(id)
  }
}

extension TokenizerFile {
  fileprivate func refuseUnsupported(path: String) throws {
    func refuse(_ condition: Bool, _ what: String) throws {
      if condition { throw FormatError.unsupported(path: path, what: what) }
    }
    let type = model.type ?? "BPE"
    try refuse(type != "BPE", "a tokenizer of kind \(type) (byte-level BPE is)")
    try refuse(model.byteFallback == true, "BPE with byte fallback (byte-level BPE is)")
    try refuse((model.dropout ?? 0) > 0, "BPE dropout")
    try refuse(!(model.prefix ?? "").isEmpty || !(model.suffix ?? "").isEmpty, "BPE with affixes")
    if let normalizer {
      try refuse(normalizer.type != "Sequence" || normalizer.normalizers?.isEmpty == false, "a normalizer")
    }
    if let decoder { try refuse(decoder.type != "ByteLevel", "a decoder of kind \(decoder.type)") }
    try refuse(addedTokens?.contains { $0.singleWord == true } == true, "an added token that is a single word")
  }

  fileprivate func stages(path: String) throws -> [PreTokenizer.Stage] {
    guard let preTokenizer else {
      throw FormatError.unsupported(path: path, what: "a tokenizer without a pre-tokenizer")
    }
    var stages: [PreTokenizer.Stage] = []
    var isByteLevel = false
    for splitter in preTokenizer.type == "Sequence" ? preTokenizer.pretokenizers ?? [] : [preTokenizer] {
      // Behind the byte level the text is in another alphabet, which the scanners do not read.
      guard !isByteLevel, let stage = splitter.stage else {
        throw FormatError.unsupported(path: path, what: "the pre-tokenizer \(splitter.name)")
      }
      stages += stage
      isByteLevel = splitter.type == "ByteLevel"
    }
    guard isByteLevel else { throw FormatError.unsupported(path: path, what: "a tokenizer that is not byte-level") }
    return stages
  }
}

extension TokenizerFile.Splitter {
  fileprivate var name: String {
    pattern.map { "\(type) \($0.regex ?? "of a string") \(behavior ?? "")" } ?? type
  }

  /// The stages it amounts to, or nil when it is not one that this program has.
  fileprivate var stage: [PreTokenizer.Stage]? {
    switch type {
    case "Digits": [.digits(individual: individualDigits ?? false)]
    case "ByteLevel" where addPrefixSpace != true: useRegex == false ? [] : [.gpt2]
    case "Split" where behavior == "Isolated" && invert != true:
      pattern?.regex.flatMap(PreTokenizer.Stage.init(regex:)).map { [$0] }
    default: nil
    }
  }
}
