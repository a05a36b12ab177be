import Foundation
import MTL
import Testing

/// A tokenizer.json made of the base model's vocabulary and merges.
enum TokenizerJSON {
  static var byteLevel: [String: Any] {
    ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true]
  }

  /// The file's content; the first 17 tokens are the special ones.
  static func content(preTokenizer: [String: Any], ignoreMerges: Bool, mergesAsPairs: Bool) throws -> [String: Any] {
    let metadata = try GGUFFile(path: BaseModelFixture.path()).metadata
    let tokens = try #require(metadata["tokenizer.ggml.tokens"]?.arrayValue).compactMap(\.stringValue)
    let merges = try #require(metadata["tokenizer.ggml.merges"]?.arrayValue).compactMap(\.stringValue)
    return [
      "added_tokens": (0..<17).map { ["id": $0, "content": tokens[$0], "special": true] },
      "normalizer": NSNull(),
      "pre_tokenizer": preTokenizer,
      "decoder": ["type": "ByteLevel"],
      "model": [
        "type": "BPE", "unk_token": NSNull(), "ignore_merges": ignoreMerges,
        "vocab": Dictionary(uniqueKeysWithValues: zip(tokens, tokens.indices)),
        "merges": mergesAsPairs ? merges.map { $0.split(separator: " ").map(String.init) } as Any : merges,
      ],
    ]
  }

  /// Writes such a file, with a tokenizer_config.json beside it, and opens it.
  static func open(
    preTokenizer: [String: Any], ignoreMerges: Bool = false, mergesAsPairs: Bool = true
  ) throws -> Tokenizer {
    let file = try content(preTokenizer: preTokenizer, ignoreMerges: ignoreMerges, mergesAsPairs: mergesAsPairs)
    return try withTemporaryDirectory { folder in
      try JSONSerialization.data(withJSONObject: file).write(to: URL(fileURLWithPath: folder + "/tokenizer.json"))
      try write(
        #"{"bos_token": "<|im_start|>", "eos_token": {"content": "<|im_end|>"}}"#, to: folder + "/tokenizer_config.json"
      )
      return try Tokenizer(huggingFace: folder + "/tokenizer.json")
    }
  }
}
