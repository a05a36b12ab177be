import Foundation
import MTL

/// The smallest whole model: weights of zero, twelve tokens, two merges. What the damage tests damage.
enum SmallestModel {
  static let configuration = ModelConfiguration(
    hiddenSize: 8, intermediateSize: 8, layerCount: 1, headCount: 2, keyValueHeadCount: 1, headDimension: 4,
    vocabularySize: 12, tiedEmbeddings: true)

  static let tokens = ["<|b|>", "<|e|>", "a", "b", "c", "Ġ", "ab", "abc", "d", "e", "f", "Ġa"]

  static var metadata: [(key: String, value: GGUFValue)] {
    [
      ("general.architecture", .string("llama")),
      ("llama.block_count", .uint32(1)),
      ("llama.context_length", .uint32(64)),
      ("llama.embedding_length", .uint32(8)),
      ("llama.feed_forward_length", .uint32(8)),
      ("llama.attention.head_count", .uint32(2)),
      ("llama.attention.head_count_kv", .uint32(1)),
      ("llama.attention.layer_norm_rms_epsilon", .float32(1e-6)),
      ("llama.vocab_size", .uint32(12)),
      ("tokenizer.ggml.model", .string("gpt2")),
      ("tokenizer.ggml.pre", .string("gpt-2")),
      ("tokenizer.ggml.tokens", .strings(tokens)),
      ("tokenizer.ggml.token_type", .array(.int32, [3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1].map(GGUFValue.int32))),
      ("tokenizer.ggml.merges", .strings(["a b", "ab c", "Ġ a"])),
      ("tokenizer.ggml.bos_token_id", .uint32(0)),
      ("tokenizer.ggml.eos_token_id", .uint32(1)),
      ("tokenizer.chat_template", .string("<|im_start|><|im_end|>")),
    ]
  }

  static var tensors: [GGUFWriter.Tensor] {
    CanonicalName.all(configuration).map { name in
      let (rows, columns) = name.shape(configuration)
      let shape = rows == 1 ? [columns] : [rows, columns]
      return GGUFWriter.Tensor(name: name.gguf, shape: shape, type: .f32, bytes: Data(count: rows * columns * 4))
    }
  }

  /// The same with weights drawn from [-1, 1].
  static func randomGGUF(seed: UInt64) -> Data {
    var random = SeededGenerator(seed: seed)
    let drawn = tensors.map { tensor in
      let values = (0..<tensor.shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }
      return GGUFWriter.Tensor(
        name: tensor.name, shape: tensor.shape, type: .f32, bytes: values.withUnsafeBytes { Data($0) })
    }
    return GGUFWriter.encode(metadata: metadata, tensors: drawn)
  }

  static var gguf: Data { GGUFWriter.encode(metadata: metadata, tensors: tensors) }

  static var safetensors: [(name: String, shape: [Int], values: [Float])] {
    CanonicalName.all(configuration).map { name in
      let (rows, columns) = name.shape(configuration)
      return (name.huggingFace, rows == 1 ? [columns] : [rows, columns], [Float](repeating: 0, count: rows * columns))
    }
  }

  static let config = """
    {"model_type": "llama", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
     "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 12, "tie_word_embeddings": true}
    """

  static let tokenizer = """
    {"added_tokens": [{"id": 0, "content": "<|b|>", "special": true}, {"id": 1, "content": "<|e|>", "special": true}],
     "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"},
     "model": {"type": "BPE", "vocab": {"a": 2, "b": 3, "c": 4, "Ġ": 5, "ab": 6, "abc": 7, "d": 8, "e": 9, "f": 10,
     "Ġa": 11}, "merges": ["a b", "ab c", "Ġ a"]}}
    """

  /// Opens the model at `path` and uses all of it.
  static func use(_ path: String) throws {
    let source = try ModelSource.open(path: path)
    for name in CanonicalName.all(source.configuration) { _ = try source.tensor(name).floats() }
    _ = source.configuration.rotaryFrequencies
    let tokenizer = try source.tokenizer()
    _ = try tokenizer.decode(tokenizer.encode("abc a<|e|> 12é"))
    if try source.chatTemplateText() != nil { _ = try source.chatTemplate(tokenizer: tokenizer) }
  }
}

/// What opening and using the model at `path` says: its error in words, or "opened".
func outcome(_ path: String) -> String {
  do {
    try SmallestModel.use(path)
    return "opened"
  } catch {
    return "\(error)"
  }
}
