import Foundation

extension ModelConfiguration {
  /// Reads a Hugging Face `config.json`.
  ///
  /// - Throws: `FormatError.damaged`, or `.unsupported` for an architecture other than LLaMA without biases.
  public init(huggingFace path: String) throws {
    let data = try MappedFile.contents(of: path, limit: 1 << 24)
    let file: HuggingFaceConfiguration
    do {
      file = try JSONDecoder().decode(HuggingFaceConfiguration.self, from: data)
    } catch let error as DecodingError {
      throw FormatError.damaged(path: path, reason: error.sentence)
    }
    try file.refuseUnsupported(path: path)
    // A zero here would divide below; the check of the whole configuration words it.
    let headDimension = file.headDim ?? (file.numAttentionHeads > 0 ? file.hiddenSize / file.numAttentionHeads : 0)
    self = try ModelConfiguration(
      hiddenSize: file.hiddenSize, intermediateSize: file.intermediateSize, layerCount: file.numHiddenLayers,
      headCount: file.numAttentionHeads, keyValueHeadCount: file.numKeyValueHeads ?? file.numAttentionHeads,
      headDimension: headDimension, vocabularySize: file.vocabSize, rmsNormEpsilon: file.rmsNormEps ?? 1e-6,
      ropeTheta: file.ropeParameters?.ropeTheta ?? file.ropeTheta ?? 10_000,
      ropeScaling: file.ropeScaling(path: path), tiedEmbeddings: file.tieWordEmbeddings ?? false,
      maximumPositions: file.maxPositionEmbeddings ?? 2048, bosTokenID: file.bosTokenId?.ids.first,
      eosTokenIDs: file.eosTokenId?.ids ?? []
    ).validated(path: path)
  }
}

/// The keys of `config.json` that matter, with the older and the newer way to describe RoPE.
private struct HuggingFaceConfiguration: Decodable {
  struct RoPE: Decodable {
    var type: String?
    var ropeType: String?
    var ropeTheta: Float?
    var factor: Float?
    var lowFreqFactor: Float?
    var highFreqFactor: Float?
    var originalMaxPositionEmbeddings: Int?
    var partialRotaryFactor: Float?

    enum CodingKeys: String, CodingKey {
      case type, factor
      case ropeType = "rope_type"
      case ropeTheta = "rope_theta"
      case lowFreqFactor = "low_freq_factor"
      case highFreqFactor = "high_freq_factor"
      case originalMaxPositionEmbeddings = "original_max_position_embeddings"
      case partialRotaryFactor = "partial_rotary_factor"
    }
  }

  /// One token id or several.
  struct TokenIDs: Decodable {
    let ids: [Int]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      ids = try (try? container.decode([Int].self)) ?? [container.decode(Int.self)]
    }
  }

  /// A key that only has to be absent or null.
  struct Present: Decodable {
    init(from decoder: any Decoder) throws {}
  }

  var modelType: String
  var hiddenSize: Int
  var intermediateSize: Int
  var numHiddenLayers: Int
  var numAttentionHeads: Int
  var numKeyValueHeads: Int?
  var headDim: Int?
  var vocabSize: Int
  var rmsNormEps: Float?
  var ropeTheta: Float?
  var ropeScaling: RoPE?
  var ropeParameters: RoPE?
  var tieWordEmbeddings: Bool?
  var maxPositionEmbeddings: Int?
  var bosTokenId: TokenIDs?
  var eosTokenId: TokenIDs?
  var attentionBias: Bool?
  var mlpBias: Bool?
  var hiddenAct: String?
  var quantizationConfig: Present?

  enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case numKeyValueHeads = "num_key_value_heads"
    case headDim = "head_dim"
    case vocabSize = "vocab_size"
    case rmsNormEps = "rms_norm_eps"
    case ropeTheta = "rope_theta"
    case ropeScaling = "rope_scaling"
    case ropeParameters = "rope_parameters"
    case tieWordEmbeddings = "tie_word_embeddings"
    case maxPositionEmbeddings = "max_position_embeddings"
    case bosTokenId = "bos_token_id"
    case eosTokenId = "eos_token_id"
    case attentionBias = "attention_bias"
    case mlpBias = "mlp_bias"
    case hiddenAct = "hidden_act"
    case quantizationConfig = "quantization_config"
  }

  func refuseUnsupported(path: String) throws {
    func refuse(_ condition: Bool, _ what: String) throws {
      if condition { throw FormatError.unsupported(path: path, what: what) }
    }
    try refuse(modelType != "llama", "the architecture \(modelType) (LLaMA is)")
    try refuse(attentionBias == true, "attention_bias")
    try refuse(mlpBias == true, "mlp_bias")
    if let hiddenAct { try refuse(hiddenAct != "silu" && hiddenAct != "swish", "the activation \(hiddenAct)") }
    try refuse(quantizationConfig != nil, "a quantised checkpoint (quantization_config)")
    let partial = (ropeParameters ?? ropeScaling)?.partialRotaryFactor
    try refuse(partial != nil && partial != 1, "a partial rotary embedding")
  }

  func ropeScaling(path: String) throws -> MTL.RoPEScaling {
    guard let rope = ropeParameters ?? ropeScaling else { return .none }
    func value<T>(_ name: String, _ value: T?) throws -> T {
      guard let value else { throw FormatError.damaged(path: path, reason: "its RoPE settings lack \(name)") }
      return value
    }
    switch rope.ropeType ?? rope.type ?? "default" {
    case "default": return .none
    case "linear": return .linear(factor: try value("factor", rope.factor))
    case "llama3":
      return .llama3(
        factor: try value("factor", rope.factor),
        lowFrequencyFactor: try value("low_freq_factor", rope.lowFreqFactor),
        highFrequencyFactor: try value("high_freq_factor", rope.highFreqFactor),
        originalContext: try value("original_max_position_embeddings", rope.originalMaxPositionEmbeddings))
    case let other: throw FormatError.unsupported(path: path, what: "RoPE scaling of type \(other)")
    }
  }
}
