import Foundation

/// A base with an adapter put into its weights: W + s B A, a model that needs no adapter any more.
public struct MergedModel {
  /// The base.
  public let source: ModelSource
  /// The adapter, made for a base of this configuration.
  public let adapter: Adapter
  private let factors: [CanonicalName: AdapterTensor]

  /// Puts an adapter into a base; nothing is computed yet.
  public init(_ source: ModelSource, adapter: Adapter) {
    self.source = source
    self.adapter = adapter
    var factors: [CanonicalName: AdapterTensor] = [:]
    for tensor in adapter.tensors {
      if let target = LoRATarget(rawValue: tensor.module) { factors[.layer(tensor.layer, target.weight)] = tensor }
    }
    self.factors = factors
  }

  /// The merged weight called `name`, its rows in Hugging Face order; quantised bases are expanded first.
  ///
  /// - Throws: ``FormatError``.
  public func values(_ name: CanonicalName) throws -> [Float] {
    let stored = try source.tensor(name)
    var values = stored.floats()
    guard let tensor = factors[name] else { return values }
    let (rows, columns, rank) = (stored.rows, stored.columns, tensor.a.rows)
    let scale = adapter.settings.scale
    tensor.a.values.withUnsafeBufferPointer { a in
      tensor.b.values.withUnsafeBufferPointer { b in
        values.withUnsafeMutableBufferPointer { weights in
          for row in 0..<rows {
            for r in 0..<rank {
              let factor = scale * b[row * rank + r]
              for column in 0..<columns { weights[row * columns + column] += factor * a[r * columns + column] }
            }
          }
        }
      }
    }
    return values
  }

  /// Writes one GGUF file with the base's metadata; vectors stay in single precision, as llama.cpp has them.
  ///
  /// - Parameters:
  ///   - path: Where to.
  ///   - type: `.f32`, `.f16` or `.bf16`.
  /// - Throws: ``FormatError/unsupported(path:what:)`` where the base is not a GGUF file, whose tokenizer would be
  ///   missing; ``FormatError/unwritable(path:reason:)``.
  public func writeGGUF(to path: String, type: TensorType) throws {
    guard let gguf = source.gguf else {
      throw FormatError.unsupported(
        path: source.path,
        what: "GGUF of a Hugging Face base (write it with --format hf and convert that with llama.cpp)")
    }
    var metadata = gguf.metadata
    metadata["general.file_type"] = .uint32(type == .f32 ? 0 : type == .f16 ? 1 : 32)
    metadata["general.quantization_version"] = nil
    // Readers may want to know first what kind of file it is.
    let keys = metadata.keys.sorted { ($0.hasPrefix("general.") ? 0 : 1, $0) < ($1.hasPrefix("general.") ? 0 : 1, $1) }
    let names = CanonicalName.all(source.configuration)
    let configuration = source.configuration
    var outline = names.map { name in
      let (rows, columns) = name.shape(configuration)
      return (name: name.gguf, shape: rows == 1 ? [columns] : [rows, columns], type: rows == 1 ? .f32 : type)
    }
    let frequencies = gguf.tensors["rope_freqs.weight"]
    if let frequencies { outline.append((frequencies.name, frequencies.shape, .f32)) }
    try GGUFWriter.write(
      metadata: keys.compactMap { key in metadata[key].map { (key, $0) } }, outline: outline, to: path
    ) { number in
      guard number < names.count else {
        guard let frequencies else { return [] }
        return try StoredTensor(frequencies, rows: 1, columns: frequencies.shape.last ?? 0).floats()
      }
      let (rows, columns) = names[number].shape(configuration)
      return AdapterTensor.Factor(rows: rows, columns: columns, values: try values(names[number]))
        .reordered(names[number].ggufRowOrder(configuration)).values
    }
  }
}

extension MergedModel {
  /// Files of a Hugging Face directory that are copied, where they are there.
  static let copied = [
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "merges.txt", "chat_template.jinja", "generation_config.json",
  ]

  /// Writes a Hugging Face directory with the base's configuration and tokenizer.
  ///
  /// - Parameters:
  ///   - directory: Where to; it is made where it does not exist.
  ///   - type: `.f32`, `.f16` or `.bf16`.
  /// - Throws: ``FormatError/unsupported(path:what:)`` where the base is a GGUF file, whose tokenizer Transformers does
  ///   not read; ``FormatError/unwritable(path:reason:)``.
  public func writeHuggingFace(to directory: String, type: TensorType) throws {
    guard source.kind == .huggingFace else {
      throw FormatError.unsupported(
        path: source.path, what: "a Hugging Face directory of a GGUF base (--format gguf is)")
    }
    let manager = FileManager.default
    do { try manager.createDirectory(atPath: directory, withIntermediateDirectories: true) } catch {
      throw FormatError.unwritable(path: directory, reason: "the directory cannot be made")
    }
    // Written over its own base it would be neither.
    if URL(filePath: directory).resolvingSymlinksInPath() == URL(filePath: source.path).resolvingSymlinksInPath() {
      throw FormatError.unwritable(path: directory, reason: "it is the base; give another --out")
    }
    let names = CanonicalName.all(source.configuration)
    try SafetensorsWriter.write(
      names.map { name in
        let (rows, columns) = name.shape(source.configuration)
        return (name.huggingFace, rows == 1 ? [columns] : [rows, columns])
      }, type: type, metadata: ["format": "pt"], to: directory + "/model.safetensors"
    ) { try values(names[$0]) }
    for name in Self.copied where manager.fileExists(atPath: source.path + "/" + name) {
      let data = try MappedFile.contents(of: source.path + "/" + name, limit: 1 << 28)
      try AtomicFile.write(to: directory + "/" + name) { try $0.write(data) }
    }
    try writeConfiguration(to: directory + "/config.json", type: type)
  }

  private func writeConfiguration(to path: String, type: TensorType) throws {
    let data = try MappedFile.contents(of: source.path + "/config.json", limit: 1 << 22)
    guard var object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw FormatError.damaged(path: source.path + "/config.json", reason: "it is not an object")
    }
    object["torch_dtype"] = type == .f32 ? "float32" : type == .f16 ? "float16" : "bfloat16"
    // Its newer name; both are read.
    if object["dtype"] != nil { object["dtype"] = object["torch_dtype"] }
    let json = try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    try AtomicFile.write(to: path) { try $0.write(json) }
  }
}
