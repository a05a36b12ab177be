import Foundation
import MTL
import Testing

@Suite struct ModelConfigurationTests {
  /// Reads TinyModel's config.json with `changes` made; a null removes the key's value.
  private func read(_ changes: [String: Any]) throws -> ModelConfiguration {
    let original = try JSONSerialization.jsonObject(with: Data(TinyModel.config.utf8)) as? [String: Any]
    let merged = try #require(original).merging(changes) { $1 }
    return try withTemporaryDirectory { folder in
      try JSONSerialization.data(withJSONObject: merged).write(to: URL(fileURLWithPath: folder + "/config.json"))
      return try ModelConfiguration(huggingFace: folder + "/config.json")
    }
  }

  private func message(_ changes: [String: Any]) -> String {
    do {
      _ = try read(changes)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func bothWaysToDescribeRoPEMeanTheSame() throws {
    let llama3: [String: Any] = [
      "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
      "original_max_position_embeddings": 8192,
    ]
    let older = try read(["rope_theta": 500_000.0, "rope_scaling": llama3])
    let newer = try read(
      ["rope_theta": NSNull(), "rope_parameters": llama3.merging(["rope_theta": 500_000.0]) { $1 }])
    #expect(older == newer)
    #expect(
      older.ropeScaling
        == .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192))
    #expect(try read(["rope_scaling": ["type": "linear", "factor": 2]]).ropeScaling == .linear(factor: 2))
  }

  @Test func absentKeysTakeTransformersDefaults() throws {
    let c = try read([
      "head_dim": NSNull(), "num_key_value_heads": NSNull(), "rms_norm_eps": NSNull(), "rope_theta": NSNull(),
      "eos_token_id": [2, 3],
    ])
    #expect(c.headDimension == 8 && c.keyValueHeadCount == 4 && c.rmsNormEpsilon == 1e-6 && c.ropeTheta == 10_000)
    #expect(c.eosTokenIDs == [2, 3])
  }

  @Test func whatTheEngineCannotDoIsRefusedByName() {
    #expect(message(["model_type": "qwen2"]).contains("the architecture qwen2"))
    #expect(message(["attention_bias": true]).contains("attention_bias is not supported"))
    #expect(message(["mlp_bias": true]).contains("mlp_bias is not supported"))
    #expect(message(["hidden_act": "gelu"]).contains("the activation gelu is not supported"))
    #expect(message(["rope_scaling": ["rope_type": "yarn", "factor": 2]]).contains("RoPE scaling of type yarn"))
    #expect(message(["quantization_config": ["bits": 4]]).contains("quantization_config"))
    #expect(message(["rope_parameters": ["partial_rotary_factor": 0.5]]).contains("partial rotary"))
  }

  @Test func allMistakesAreReportedAtOnce() {
    let text = message(["hidden_size": -1, "num_key_value_heads": 3, "head_dim": 7, "rms_norm_eps": 0])
    for part in ["hidden size is -1", "cannot share 3", "7 is odd", "epsilon is 0.0"] {
      #expect(text.contains(part), "\(text)")
    }
    #expect(message(["num_attention_heads": 0, "head_dim": NSNull()]).contains("number of heads is 0"))
    #expect(message(["vocab_size": 1 << 40]).contains("vocabulary size"))
    #expect(message(["hidden_size": "big"]).contains("hidden_size: the value has the wrong type"))
    #expect(message(["eos_token_id": 12]).contains("token 12 is not in the vocabulary of 12"))
  }

  @Test func llama3ScalingKeepsShortWavesAndStretchesLongOnes() {
    var c = TinyModel.configuration
    c.ropeTheta = 500_000
    c.headDimension = 128
    let plain = c.rotaryFrequencies
    c.ropeScaling = .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192)
    let scaled = c.rotaryFrequencies
    #expect(plain[0] == 1 && scaled[0] == 1)
    #expect(abs(scaled[63] - plain[63] / 8) < 1e-9)
    // Pair 30: wavelength 2950, between 2048 and 8192; by hand (8192 / 2950 - 1) / 3 = 0.592 of the way.
    #expect(scaled[30] < plain[30] && scaled[30] > plain[30] / 8)
    #expect(abs(scaled[30] / plain[30] - 0.643) < 2e-3)
    c.ropeScaling = .frequencyFactors(zip(plain, scaled).map { $0 / $1 })
    for (a, b) in zip(c.rotaryFrequencies, scaled) { #expect(abs(a - b) <= 1e-6 * b) }
  }

  @Test func frequencyFactorsAreReadFromGGUF() throws {
    try withTemporaryDirectory { folder in
      let factors: [Float] = [1, 2, 4, 8]
      let tensor = GGUFWriter.Tensor(
        name: "rope_freqs.weight", shape: [4], type: .f32, bytes: factors.withUnsafeBytes { Data($0) })
      try GGUFWriter.write(
        metadata: TinyModel.metadata, tensors: TinyModel.ggufTensors + [tensor], to: folder + "/tiny.gguf")
      let c = try ModelSource.open(path: folder + "/tiny.gguf").configuration
      #expect(c.ropeScaling == .frequencyFactors(factors))
    }
  }
}
