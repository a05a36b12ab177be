import Foundation
import MTL

/// A LLaMA of two small layers with a token for every byte: what sweeps are tested with, milliseconds a run.
enum TinyBase {
  static let configuration = ModelConfiguration(
    hiddenSize: 32, intermediateSize: 64, layerCount: 2, headCount: 4, keyValueHeadCount: 2, headDimension: 8,
    vocabularySize: 260, rmsNormEpsilon: 1e-5, ropeTheta: 10000, tiedEmbeddings: false, maximumPositions: 2048,
    bosTokenID: 256, eosTokenIDs: [258])

  private static let config = """
    {"model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
     "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 260, "rms_norm_eps": 1e-5,
     "rope_theta": 10000, "max_position_embeddings": 2048, "bos_token_id": 256, "eos_token_id": 258,
     "tie_word_embeddings": false}
    """

  /// The characters that byte-level tokenizers write bytes as (GPT-2's bytes_to_unicode).
  private static let alphabet: [Character] = {
    let plain = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    var next: UInt32 = 256
    return (0..<256).map { byte in
      var code = UInt32(byte)
      if !plain.contains(byte) {
        code = next
        next += 1
      }
      return Character(UnicodeScalar(code) ?? "?")
    }
  }()

  private static func tokenizer() throws -> Data {
    var vocabulary: [String: Int] = [:]
    for (byte, character) in alphabet.enumerated() { vocabulary[String(character)] = byte }
    let added = ["<|b|>", "<|im_start|>", "<|im_end|>"].enumerated().map { number, content in
      ["id": 256 + number, "content": content, "special": true] as [String: Any]
    }
    return try JSONSerialization.data(withJSONObject: [
      "added_tokens": added, "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false],
      "decoder": ["type": "ByteLevel"],
      "model": ["type": "BPE", "vocab": vocabulary, "merges": [String]()] as [String: Any],
    ])
  }

  /// Writes the base into a folder; another `seed`, other weights.
  static func write(_ folder: String, seed: UInt64 = 1) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try config.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    try tokenizer().write(to: URL(filePath: folder + "/tokenizer.json"))
    var generator = CounterBasedGenerator(seed: seed, purpose: .sampling)
    let tensors = CanonicalName.all(configuration).map { name in
      let (rows, columns) = name.shape(configuration)
      let isNorm = rows == 1
      let values = (0..<rows * columns).map { _ in isNorm ? 1 : (generator.nextUnitFloat() - 0.5) * 0.6 }
      return (name: name.huggingFace, shape: isNorm ? [columns] : [rows, columns], values: values)
    }
    try SafetensorsWriter.write(tensors, to: folder + "/model.safetensors")
  }
}

/// A folder with a tiny base, two small tasks and a specification over them.
struct TinySweep {
  let folder: String
  var specification: String { folder + "/tiny.yaml" }

  init(_ folder: String, extra: String = "", examples: Int = 12, epochs: Int = 2, seeds: String = "[1, 2]") throws {
    self.folder = folder
    try TinyBase.write(folder + "/base")
    for (task, category) in [("upper", "CASE"), ("double", "COPY"), ("first", "COPY")] {
      try """
      task: \(task)
      category: \(category)
      source:
        format: jsonl
        train: \(task).train.jsonl
        test: \(task).test.jsonl
      output_type: \(task == "first" ? "loglikelihood" : "generate_until")
      doc_to_text: "\(task) {{text}}"
      doc_to_target: answer
      metric_list: \(task == "first" ? "[]" : "[{metric: exact_match}]")
      \(task == "first" ? "" : "generation_kwargs: {max_gen_toks: 4}")
      """.write(toFile: "\(folder)/\(task).yaml", atomically: true, encoding: .utf8)
      for (split, count) in [("train", 40), ("test", 8)] {
        let lines = (0..<count).map { number in
          let text = String((number * 7919 + (split == "test" ? 31 : 0)) % 100_003, radix: 36)
          let answer = task == "upper" ? text.uppercased() : task == "double" ? text + text : String(text.prefix(1))
          return #"{"text": "\#(text)", "answer": "\#(answer)"}"#
        }
        try lines.joined(separator: "\n").write(
          toFile: "\(folder)/\(task).\(split).jsonl", atomically: true, encoding: .utf8)
      }
    }
    try """
    base: \(folder)/base
    template: chatml
    tasks: [\(folder)/upper.yaml, \(folder)/double.yaml, \(folder)/first.yaml]
    subsets: all
    seeds: \(seeds)
    budget: {examples-per-task: \(examples), epochs: \(epochs)}
    lora: {rank: 2, alpha: 4, dropout: 0.1, targets: [q_proj, v_proj], layers: 1}
    training: {learning-rate: 1.0e-2, batch-size: 4, max-length: 128, micro-batch-tokens: 128}
    evaluation: {examples-per-task: 6}
    \(extra)
    """.write(toFile: specification, atomically: true, encoding: .utf8)
  }

  /// What a run's results are: adapter, losses and scores, without the times.
  struct Result: Equatable {
    var adapter: [AdapterTensor]
    var evaluation: [TaskEvaluation]
    var losses: [Double]
  }

  /// Results of all finished runs in a folder.
  static func results(_ folder: String) throws -> [String: Result] {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/runs").filter { $0.hasSuffix(".h5") }
    return try Dictionary(
      uniqueKeysWithValues: files.map { file in
        let record = try RunFile.read(folder + "/runs/" + file)
        return (
          file,
          Result(
            adapter: record.adapterTensors, evaluation: record.evaluation.sorted { $0.task < $1.task },
            losses: record.history.map(\.loss))
        )
      })
  }
}

/// `mtl sweep status --json`.
struct StatusReport: Decodable {
  struct Run: Decodable {
    var id: String
    var status: String
    var failures: [String]
    var holder: String?
  }
  var finished: Int
  var running: Int
  var failed: Int
  var waiting: Int
  var runs: [Run]

  init(_ folder: String) throws {
    self = try JSONDecoder().decode(
      StatusReport.self, from: Data(try mtl("sweep", "status", folder, "--json").output.utf8))
  }
}
