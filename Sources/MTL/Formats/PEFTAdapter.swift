import Foundation

/// Adapters as PEFT keeps them: a directory of `adapter_config.json` and `adapter_model.safetensors`.
///
/// Source: huggingface/peft, `LoraConfig` and `save_pretrained`.
public enum PEFTAdapter {
  static let configurationName = "adapter_config.json"
  static let weightsName = "adapter_model.safetensors"

  /// The adapter in `directory`, for a model of this configuration.
  ///
  /// - Throws: ``FormatError/unsupported(path:what:)`` for a variant of LoRA that is not plain, or layers other than
  ///   the last ones; ``FormatError/damaged(path:reason:)`` when factors are missing, left over or do not fit the model.
  public static func read(directory: String, configuration: ModelConfiguration) throws -> Adapter {
    let configurationPath = directory + "/" + configurationName
    let settings = try PEFTConfiguration.read(configurationPath)
      .settings(layerCount: configuration.layerCount, path: configurationPath)
    let path = directory + "/" + weightsName
    guard FileManager.default.fileExists(atPath: path) else {
      guard !FileManager.default.fileExists(atPath: directory + "/adapter_model.bin") else {
        throw FormatError.unsupported(path: directory, what: "adapter_model.bin (\(weightsName) is)")
      }
      throw FormatError.unreadable(path: path, reason: systemReason(ENOENT))
    }
    return try Adapter(
      tensors(SafetensorsFile(path: path)), settings: settings, configuration: configuration, path: path)
  }

  /// Writes `adapter` to `directory`, which is made where it does not exist.
  ///
  /// - Parameters:
  ///   - adapter: What is written.
  ///   - directory: Where to.
  ///   - baseName: The base's name or path, for `base_model_name_or_path`.
  /// - Throws: ``FormatError/unwritable(path:reason:)``.
  public static func write(adapter: Adapter, to directory: String, baseName: String?) throws {
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw FormatError.unwritable(path: directory, reason: "the directory cannot be made")
    }
    let tensors = adapter.tensors.flatMap { tensor in
      [("A", tensor.a), ("B", tensor.b)].map { factor, matrix in
        let module = LoRATarget(rawValue: tensor.module)?.modulePath ?? tensor.module
        return (
          name: "\(prefix)\(tensor.layer).\(module).lora_\(factor).weight", shape: [matrix.rows, matrix.columns],
          values: matrix.values
        )
      }
    }
    try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: directory + "/" + weightsName)
    let json = try configurationJSON(adapter, baseName: baseName)
    try AtomicFile.write(to: directory + "/" + configurationName) { try $0.write(json) }
  }

  private static let prefix = "base_model.model.model.layers."

  /// The factors of a file, layer by layer.
  private static func tensors(_ file: SafetensorsFile) throws -> [AdapterTensor] {
    var found: [Site: [String: AdapterTensor.Factor]] = [:]
    for name in Set(file.tensors.keys).union(file.otherTensors.keys).sorted() {
      guard let (site, factor) = parse(name) else {
        throw FormatError.unsupported(path: file.file.path, what: "tensor \(name)")
      }
      let (shape, values) = try file.floats(name)
      guard shape.count == 2 else {
        throw FormatError.damaged(path: file.file.path, reason: "tensor \(name) has shape \(shape)")
      }
      found[site, default: [:]][factor] = .init(rows: shape[0], columns: shape[1], values: values)
    }
    return try found.map { site, factors in
      guard let a = factors["A"], let b = factors["B"] else {
        throw FormatError.damaged(
          path: file.file.path, reason: "\(site.target.rawValue) of layer \(site.layer) has only one factor")
      }
      return AdapterTensor(layer: site.layer, module: site.target.rawValue, a: a, b: b)
    }
  }

  private struct Site: Hashable {
    let layer: Int
    let target: LoRATarget
  }

  private static func parse(_ name: String) -> (Site, factor: String)? {
    guard name.hasPrefix(prefix) else { return nil }
    // <layer>.<block>.<module>.lora_<factor>.weight
    let parts = name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 5, let layer = Int(parts[0]), String(layer) == parts[0], layer >= 0, parts[4] == "weight",
      let target = LoRATarget.allCases.first(where: { $0.modulePath == parts[1] + "." + parts[2] }),
      ["lora_A", "lora_B"].contains(parts[3])
    else { return nil }
    return (Site(layer: layer, target: target), String(parts[3].suffix(1)))
  }

  /// All keys that older versions of PEFT look for, the plain ones included.
  private static func configurationJSON(_ adapter: Adapter, baseName: String?) throws -> Data {
    let settings = adapter.settings
    let layers: Any =
      settings.layers == .all ? NSNull() : Set(adapter.layout.sites.map(\.layer)).sorted() as Any
    let object: [String: Any] = [
      "alpha_pattern": [String: Int](), "base_model_name_or_path": baseName ?? NSNull(), "bias": "none",
      "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layers_pattern": NSNull(),
      "layers_to_transform": layers, "lora_alpha": settings.alpha, "lora_dropout": settings.dropout,
      "modules_to_save": NSNull(), "peft_type": "LORA", "r": settings.rank, "rank_pattern": [String: Int](),
      "target_modules": settings.targets.map(\.rawValue), "task_type": "CAUSAL_LM", "use_dora": false,
      "use_rslora": settings.rsLoRA,
    ]
    return try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }
}

extension Adapter {
  /// The adapter at `path`: a run's `.h5` file or a PEFT directory.
  ///
  /// - Throws: ``FormatError`` when it cannot be read or does not fit a model of this configuration.
  public static func load(path: String, configuration: ModelConfiguration) throws -> Adapter {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      return try PEFTAdapter.read(directory: path, configuration: configuration)
    }
    let (_, lora, tensors) = try RunFile.readAdapter(path)
    return try Adapter(tensors, settings: lora, configuration: configuration, path: path)
  }
}
