import Foundation
import MTL

/// A tiny LLaMA whose weights count up, written in either format.
enum TinyModel {
  static let configuration = ModelConfiguration(
    hiddenSize: 32, intermediateSize: 64, layerCount: 2, headCount: 4, keyValueHeadCount: 2, headDimension: 8,
    vocabularySize: 12, rmsNormEpsilon: 1e-5, ropeTheta: 5000, tiedEmbeddings: false, maximumPositions: 99,
    bosTokenID: 1, eosTokenIDs: [2])

  static let metadata: [(key: String, value: GGUFValue)] = [
    ("general.architecture", .string("llama")),
    ("llama.block_count", .uint32(2)),
    ("llama.context_length", .uint32(99)),
    ("llama.embedding_length", .uint32(32)),
    ("llama.feed_forward_length", .uint32(64)),
    ("llama.attention.head_count", .uint32(4)),
    ("llama.attention.head_count_kv", .uint32(2)),
    ("llama.attention.layer_norm_rms_epsilon", .float32(1e-5)),
    ("llama.rope.freq_base", .float32(5000)),
    ("llama.rope.dimension_count", .uint32(8)),
    ("llama.vocab_size", .uint32(12)),
    ("tokenizer.ggml.bos_token_id", .uint32(1)),
    ("tokenizer.ggml.eos_token_id", .uint32(2)),
  ]

  static let config = """
    {"model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
     "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 12, "rms_norm_eps": 1e-5,
     "rope_theta": 5000, "max_position_embeddings": 99, "bos_token_id": 1, "eos_token_id": 2,
     "tie_word_embeddings": false}
    """

  /// The value at (row, column) of every matrix: small integers, so that fp16 and bf16 hold them exactly.
  static func value(_ row: Int, _ column: Int) -> Float { Float(row % 8 * 32 + column % 32) }

  static func values(_ name: CanonicalName) -> (shape: [Int], values: [Float]) {
    let (rows, columns) = name.shape(configuration)
    let values = (0..<rows * columns).map { value($0 / columns, $0 % columns) }
    return (rows == 1 ? [columns] : [rows, columns], values)
  }

  static var safetensors: [(name: String, shape: [Int], values: [Float])] {
    CanonicalName.all(configuration).map { name in
      let (shape, values) = values(name)
      return (name.huggingFace, shape, values)
    }
  }

  /// The same weights as GGUF tensors: Q and K with each head's two halves interleaved.
  static var ggufTensors: [GGUFWriter.Tensor] {
    CanonicalName.all(configuration).map { name in
      var (shape, values) = values(name)
      switch name {
      case .layer(_, .q), .layer(_, .k): values = interleaved(values, columns: 32, headDimension: 8)
      default: break
      }
      return GGUFWriter.Tensor(name: name.gguf, shape: shape, type: .f32, bytes: values.withUnsafeBytes { Data($0) })
    }
  }

  /// llama.cpp's conversion: [H, 2, Dh/2, in] to [H, Dh/2, 2, in].
  static func interleaved(_ values: [Float], columns: Int, headDimension: Int) -> [Float] {
    var result: [Float] = []
    for head in 0..<values.count / columns / headDimension {
      for i in 0..<headDimension / 2 {
        for half in 0..<2 {
          let row = head * headDimension + half * headDimension / 2 + i
          result += values[row * columns..<(row + 1) * columns]
        }
      }
    }
    return result
  }
}
