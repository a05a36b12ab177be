/// The switches of PEFT's `LoraConfig` that make an adapter something else than `W + s B A`.
struct PEFTVariants: Decodable {
  /// The first that is on, in words; nil for plain LoRA.
  let first: String?

  // Anything but null, false, an empty list and an empty object turns these on.
  private static let switches: [(key: String, words: String)] = [
    ("use_dora", "DoRA (use_dora)"),
    ("lora_bias", "a bias in the adapter (lora_bias)"),
    ("fan_in_fan_out", "transposed weights (fan_in_fan_out)"),
    ("rank_pattern", "a rank for each module (rank_pattern)"),
    ("alpha_pattern", "an alpha for each module (alpha_pattern)"),
    ("modules_to_save", "fully trained modules (modules_to_save)"),
    ("exclude_modules", "excluding modules (exclude_modules)"),
    ("layers_pattern", "another name for the layers (layers_pattern)"),
    ("layer_replication", "replicated layers (layer_replication)"),
    ("trainable_token_indices", "trained tokens (trainable_token_indices)"),
    ("target_parameters", "adapting single parameters (target_parameters)"),
    ("alora_invocation_tokens", "activated LoRA (alora_invocation_tokens)"),
    ("use_qalora", "QALoRA (use_qalora)"),
    ("use_bdlora", "BD-LoRA (use_bdlora)"),
    ("arrow_config", "Arrow (arrow_config)"),
  ]

  // Initialisations that also change the base, so that the factors do not fit the base as it is stored.
  private static let baseChanging = ["pissa", "olora", "corda", "loftq", "lora_ga"]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for (key, words) in Self.switches where try container.decodeIfPresent(Switch.self, forKey: Name(key))?.isOn ?? false
    {
      first = words
      return
    }
    let bias = try container.decodeIfPresent(String.self, forKey: Name("bias")) ?? "none"
    guard bias == "none" else {
      first = "training biases (bias: \(bias))"
      return
    }
    // A string names a method; true and false are the plain ones.
    let method = (try? container.decodeIfPresent(String.self, forKey: Name("init_lora_weights"))) ?? "true"
    let changesBase = Self.baseChanging.contains { method.lowercased().hasPrefix($0) }
    first = changesBase ? "an adapter that changes its base at the start (init_lora_weights: \(method))" : nil
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct Switch: Decodable {
    let isOn: Bool

    init(from decoder: any Decoder) throws {
      if let object = try? decoder.container(keyedBy: Name.self) {
        isOn = !object.allKeys.isEmpty
      } else if let list = try? decoder.unkeyedContainer() {
        isOn = !list.isAtEnd
      } else {
        let value = try decoder.singleValueContainer()
        isOn = value.decodeNil() ? false : (try? value.decode(Bool.self)) ?? true
      }
    }
  }
}
