import Foundation

/// PEFT's `adapter_config.json`, the part of it that LoRA on a LLaMA model has.
///
/// Source: huggingface/peft, `LoraConfig`.
struct PEFTConfiguration: Codable {
  var peftType: String
  var baseName: String?
  var rank: Int
  var alpha: Double
  var dropout: Double?
  var rsLoRA: Bool?
  var targets: OneOrMany<String>
  var layers: OneOrMany<Int>?

  enum CodingKeys: String, CodingKey {
    case peftType = "peft_type"
    case baseName = "base_model_name_or_path"
    case rank = "r"
    case alpha = "lora_alpha"
    case dropout = "lora_dropout"
    case rsLoRA = "use_rslora"
    case targets = "target_modules"
    case layers = "layers_to_transform"
  }

  /// A value, or a list of values.
  enum OneOrMany<Value: Codable & Sendable>: Codable, Sendable {
    case one(Value)
    case many([Value])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Value.self) {
        self = .one(value)
      } else {
        self = .many(try container.decode([Value].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .one(let value): try container.encode(value)
      case .many(let values): try container.encode(values)
      }
    }
  }
}

extension PEFTConfiguration {
  /// Reads `path`.
  ///
  /// - Throws: ``FormatError/unsupported(path:what:)`` for any variant that computes something else than plain LoRA.
  static func read(_ path: String) throws -> PEFTConfiguration {
    let data = try MappedFile.contents(of: path, limit: 1 << 20)
    do {
      let type = try JSONDecoder().decode(PEFTType.self, from: data).value
      guard type == "LORA" else { throw FormatError.unsupported(path: path, what: "the adapter type \(type)") }
      let variants = try JSONDecoder().decode(PEFTVariants.self, from: data)
      if let variant = variants.first { throw FormatError.unsupported(path: path, what: variant) }
      return try JSONDecoder().decode(PEFTConfiguration.self, from: data)
    } catch let error as DecodingError {
      throw FormatError.damaged(path: path, reason: error.sentence)
    }
  }

  /// The settings for a model of `layerCount` layers.
  func settings(layerCount: Int, path: String) throws -> LoRASettings {
    let settings = LoRASettings(
      rank: rank, alpha: alpha, dropout: dropout ?? 0, rsLoRA: rsLoRA ?? false, targets: try targets(path),
      layers: try layers(of: layerCount, path))
    let problems = settings.problems
    guard problems.isEmpty else { throw FormatError.damaged(path: path, reason: problems.joined(separator: "; ")) }
    return settings
  }

  private func targets(_ path: String) throws -> [LoRATarget] {
    let names: [String]
    switch targets {
    case .one("all-linear"): return LoRATarget.allCases
    // PEFT takes a single string for a regular expression; a plain name matches no whole module path, but is meant.
    case .one(let name): names = [name]
    case .many(let list): names = list
    }
    let found = try names.map { name in
      guard let target = LoRATarget.allCases.first(where: { $0.rawValue == name || $0.modulePath == name }) else {
        throw FormatError.unsupported(path: path, what: "adapting \(name)")
      }
      return target
    }
    return LoRATarget.allCases.filter(found.contains)
  }

  private func layers(of count: Int, _ path: String) throws -> LoRASettings.Layers {
    let list: [Int]
    switch layers {
    case nil: return .all
    case .one(let layer): list = [layer]
    case .many(let layers): list = layers
    }
    let sorted = Set(list).sorted()
    guard let first = sorted.first, first >= 0, sorted.last == count - 1, sorted.count == count - first else {
      throw FormatError.unsupported(
        path: path,
        what: "adapting layers \(list.map(String.init).joined(separator: ", ")) of \(count) (the last ones are)")
    }
    return first == 0 ? .all : .top(sorted.count)
  }
}

extension LoRATarget {
  /// Where the matrix is in a layer: `self_attn.q_proj`.
  var modulePath: String {
    switch self {
    case .q, .k, .v, .o: "self_attn." + rawValue
    case .gate, .up, .down: "mlp." + rawValue
    }
  }
}

private struct PEFTType: Decodable {
  let value: String

  enum CodingKeys: String, CodingKey { case value = "peft_type" }
}
