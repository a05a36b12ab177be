/// A weight of a LLaMA model, whatever its file calls it.
public enum CanonicalName: Sendable, Hashable {
  /// The embedding matrix, [V, D].
  case embedding
  /// The last RMSNorm's weight, [1, D].
  case finalNorm
  /// The output matrix, [V, D]; absent where it is the embedding matrix.
  case output
  /// A weight of layer 0 and on.
  case layer(Int, LayerTensor)

  /// The weights of one layer.
  public enum LayerTensor: String, Sendable, Hashable, CaseIterable {
    /// RMSNorm weights, [1, D].
    case attentionNorm, mlpNorm
    /// Attention: q [H*Dh, D], k and v [K*Dh, D], o [D, H*Dh].
    case q, k, v, o
    /// Feed-forward: gate and up [F, D], down [D, F].
    case gate, up, down
  }

  /// Every name of a model, the output included unless its embeddings are tied.
  public static func all(_ configuration: ModelConfiguration) -> [CanonicalName] {
    var names: [CanonicalName] = [.embedding, .finalNorm]
    if !configuration.tiedEmbeddings { names.append(.output) }
    for layer in 0..<configuration.layerCount {
      names += LayerTensor.allCases.map { .layer(layer, $0) }
    }
    return names
  }

  /// Rows and columns in a model of this configuration; a vector is one row.
  public func shape(_ c: ModelConfiguration) -> (rows: Int, columns: Int) {
    switch self {
    case .embedding, .output: (c.vocabularySize, c.hiddenSize)
    case .finalNorm, .layer(_, .attentionNorm), .layer(_, .mlpNorm): (1, c.hiddenSize)
    case .layer(_, .q): (c.queryWidth, c.hiddenSize)
    case .layer(_, .k), .layer(_, .v): (c.keyValueWidth, c.hiddenSize)
    case .layer(_, .o): (c.hiddenSize, c.queryWidth)
    case .layer(_, .gate), .layer(_, .up): (c.intermediateSize, c.hiddenSize)
    case .layer(_, .down): (c.hiddenSize, c.intermediateSize)
    }
  }

  /// The name in a Hugging Face checkpoint.
  public var huggingFace: String {
    switch self {
    case .embedding: "model.embed_tokens.weight"
    case .finalNorm: "model.norm.weight"
    case .output: "lm_head.weight"
    case .layer(let layer, let tensor): "model.layers.\(layer).\(tensor.huggingFace).weight"
    }
  }

  /// The name in a GGUF file.
  public var gguf: String {
    switch self {
    case .embedding: "token_embd.weight"
    case .finalNorm: "output_norm.weight"
    case .output: "output.weight"
    case .layer(let layer, let tensor): "blk.\(layer).\(tensor.gguf).weight"
    }
  }
}

extension CanonicalName.LayerTensor {
  var huggingFace: String {
    switch self {
    case .attentionNorm: "input_layernorm"
    case .mlpNorm: "post_attention_layernorm"
    case .q: "self_attn.q_proj"
    case .k: "self_attn.k_proj"
    case .v: "self_attn.v_proj"
    case .o: "self_attn.o_proj"
    case .gate: "mlp.gate_proj"
    case .up: "mlp.up_proj"
    case .down: "mlp.down_proj"
    }
  }

  var gguf: String {
    switch self {
    case .attentionNorm: "attn_norm"
    case .mlpNorm: "ffn_norm"
    case .q: "attn_q"
    case .k: "attn_k"
    case .v: "attn_v"
    case .o: "attn_output"
    case .gate: "ffn_gate"
    case .up: "ffn_up"
    case .down: "ffn_down"
    }
  }
}
