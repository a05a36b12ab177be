extension ModelConfiguration {
  /// Reads the `llama.*` metadata of a GGUF file, and its `rope_freqs.weight` where it has one.
  ///
  /// - Throws: `FormatError.damaged`, or `.unsupported` for an architecture other than LLaMA.
  public init(gguf: GGUFFile) throws {
    let metadata = GGUFLlamaMetadata(gguf)
    try metadata.refuseUnsupported()
    let heads = try metadata.required("attention.head_count")
    let hidden = try metadata.required("embedding_length")
    let headDimension = try metadata.headDimension(default: heads > 0 ? hidden / heads : 0)
    self = try ModelConfiguration(
      hiddenSize: hidden, intermediateSize: metadata.required("feed_forward_length"),
      layerCount: metadata.required("block_count"), headCount: heads,
      keyValueHeadCount: metadata.optional("attention.head_count_kv") ?? heads, headDimension: headDimension,
      vocabularySize: metadata.vocabularySize(),
      rmsNormEpsilon: metadata.requiredFloat("attention.layer_norm_rms_epsilon"),
      ropeTheta: metadata.optionalFloat("rope.freq_base") ?? 10_000, ropeScaling: metadata.ropeScaling(),
      tiedEmbeddings: gguf.tensors["output.weight"] == nil,
      maximumPositions: metadata.required("context_length"),
      bosTokenID: metadata.token("bos_token_id"), eosTokenIDs: [metadata.token("eos_token_id")].compactMap(\.self)
    ).validated(path: gguf.file.path)
  }
}

/// The metadata of a GGUF file of architecture llama, with errors that name the key.
private struct GGUFLlamaMetadata {
  let gguf: GGUFFile

  init(_ gguf: GGUFFile) { self.gguf = gguf }

  var path: String { gguf.file.path }

  func refuseUnsupported() throws {
    guard let architecture = gguf.metadata["general.architecture"]?.stringValue else {
      throw FormatError.damaged(path: path, reason: "general.architecture is missing")
    }
    guard architecture == "llama" else {
      throw FormatError.unsupported(path: path, what: "the architecture \(architecture) (llama is)")
    }
    if let experts = gguf.metadata["llama.expert_count"]?.intValue, experts > 0 {
      throw FormatError.unsupported(path: path, what: "a mixture of experts")
    }
  }

  func optional(_ key: String) throws -> Int? {
    guard let value = gguf.metadata["llama." + key] else { return nil }
    if value.type == .array {
      throw FormatError.unsupported(path: path, what: "llama.\(key) that differs between layers")
    }
    guard let number = value.intValue else {
      throw FormatError.damaged(path: path, reason: "llama.\(key) is not an integer")
    }
    return number
  }

  func required(_ key: String) throws -> Int {
    guard let value = try optional(key) else {
      throw FormatError.damaged(path: path, reason: "llama.\(key) is missing")
    }
    return value
  }

  func optionalFloat(_ key: String) throws -> Float? {
    guard let value = gguf.metadata["llama." + key] else { return nil }
    guard let number = value.floatValue else {
      throw FormatError.damaged(path: path, reason: "llama.\(key) is not a float")
    }
    return number
  }

  func requiredFloat(_ key: String) throws -> Float {
    guard let value = try optionalFloat(key) else {
      throw FormatError.damaged(path: path, reason: "llama.\(key) is missing")
    }
    return value
  }

  func token(_ key: String) throws -> Int? {
    guard let value = gguf.metadata["tokenizer.ggml." + key] else { return nil }
    guard let id = value.intValue else {
      throw FormatError.damaged(path: path, reason: "tokenizer.ggml.\(key) is not an integer")
    }
    return id
  }

  func headDimension(default fallback: Int) throws -> Int {
    let key = try optional("attention.key_length") ?? fallback
    let value = try optional("attention.value_length") ?? key
    guard key == value else { throw FormatError.unsupported(path: path, what: "keys and values of different widths") }
    if let rotary = try optional("rope.dimension_count"), rotary != key {
      throw FormatError.unsupported(path: path, what: "a rotary embedding of \(rotary) of \(key) dimensions")
    }
    return key
  }

  func vocabularySize() throws -> Int {
    if let size = try optional("vocab_size") { return size }
    // Older files leave it to the embedding matrix.
    guard let size = gguf.tensors["token_embd.weight"]?.shape.first else {
      throw FormatError.damaged(path: path, reason: "llama.vocab_size is missing")
    }
    return size
  }

  func ropeScaling() throws -> RoPEScaling {
    if let entry = gguf.tensors["rope_freqs.weight"] {
      return .frequencyFactors(try StoredTensor(entry, rows: 1, columns: elementCount(entry.shape) ?? 0).floats())
    }
    switch gguf.metadata["llama.rope.scaling.type"]?.stringValue {
    case "linear":
      return .linear(factor: try requiredFloat("rope.scaling.factor"))
    case nil:
      return try optionalFloat("rope.scale_linear").map { .linear(factor: $0) } ?? .none
    case "none": return .none
    case let other?: throw FormatError.unsupported(path: path, what: "RoPE scaling of type \(other)")
    }
  }
}
