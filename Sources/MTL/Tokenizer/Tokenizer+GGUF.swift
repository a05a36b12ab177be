extension Tokenizer {
  /// The byte-level BPE tokenizer in a GGUF file's `tokenizer.ggml.*` metadata.
  ///
  /// - Throws: `FormatError.damaged`, or `.unsupported` for another kind of tokenizer or pre-tokenizer.
  public convenience init(gguf: GGUFFile) throws {
    try self.init(TokenizerParts(gguf: gguf))
  }
}

extension TokenizerParts {
  init(gguf: GGUFFile) throws {
    let path = gguf.file.path
    func value<T>(_ key: String, _ read: (GGUFValue) -> T?) throws -> T? {
      guard let value = gguf.metadata["tokenizer.ggml." + key] else { return nil }
      guard let result = read(value) else {
        throw FormatError.damaged(path: path, reason: "tokenizer.ggml.\(key) has the wrong type")
      }
      return result
    }
    func required<T>(_ key: String, _ read: (GGUFValue) -> T?) throws -> T {
      guard let result = try value(key, read) else {
        throw FormatError.damaged(path: path, reason: "tokenizer.ggml.\(key) is missing")
      }
      return result
    }
    let model = try required("model", \.stringValue)
    guard model == "gpt2" else {
      throw FormatError.unsupported(path: path, what: "a tokenizer of kind \(model) (byte-level BPE, gpt2, is)")
    }
    let pre = try required("pre", \.stringValue)
    guard let scheme = Self.schemes[pre] else {
      throw FormatError.unsupported(path: path, what: "the pre-tokenizer \(pre)")
    }
    let tokens = try required("tokens", \.strings)
    let types = try value("token_type", \.integers)
    guard types.map({ $0.count == tokens.count }) ?? true else {
      throw FormatError.damaged(path: path, reason: "tokenizer.ggml.token_type is not as long as its tokens")
    }
    let merges = try required("merges", \.strings).enumerated().map { rank, text in
      let parts = text.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw FormatError.damaged(path: path, reason: "merge \(rank), \(text), is not two tokens")
      }
      return (parts[0], parts[1])
    }
    // 3 is a control token, 4 one that the user defined.
    let added = (types ?? []).enumerated().filter { $0.element == 3 || $0.element == 4 }.map { id, type in
      AddedTokens.Token(id: Int32(id), bytes: Array(tokens[id].utf8), isSpecial: type == 3)
    }
    func token(_ key: String) throws -> Int32? { try value(key) { $0.intValue.flatMap(Int32.init(exactly:)) } }
    self.init(
      path: path, tokens: tokens, merges: merges, added: added, preTokenizer: PreTokenizer(stages: scheme.stages),
      ignoresMerges: scheme.ignoresMerges, bosToken: try token("bos_token_id"), eosToken: try token("eos_token_id"),
      addsBOS: try value("add_bos_token", \.boolValue) ?? scheme.ignoresMerges)
  }

  private struct Scheme {
    let stages: [PreTokenizer.Stage]
    var ignoresMerges = false
  }

  /// By `tokenizer.ggml.pre`; the names are llama.cpp's.
  private static let schemes: [String: Scheme] = {
    let digits: [PreTokenizer.Stage] = [.digits(individual: true), .gpt2]
    let llama3 = Scheme(stages: [.llama3], ignoresMerges: true)
    return [
      "default": Scheme(stages: [.gpt2]), "gpt-2": Scheme(stages: [.gpt2]),
      // SmolLM's tokenizer.json isolates digits first, and so does llama.cpp. transformers, reading a GGUF file, does
      // not, and it is the reference here: only runs of spaces before digits and characters such as ² differ.
      "smollm": Scheme(stages: [.gpt2]),
      "starcoder": Scheme(stages: digits), "refact": Scheme(stages: digits), "command-r": Scheme(stages: digits),
      "llama-bpe": llama3, "llama3": llama3, "llama-v3": llama3,
    ]
  }()
}

extension GGUFValue {
  /// The elements of an array of strings.
  var strings: [String]? {
    guard case .array(.string, let values) = self else { return nil }
    return values.compactMap(\.stringValue)
  }

  /// The elements of an array of integers.
  var integers: [Int]? {
    guard let values = arrayValue else { return nil }
    let integers = values.compactMap(\.intValue)
    return integers.count == values.count ? integers : nil
  }
}
