/// LoRA adapters as llama.cpp loads them (`--lora`).
///
/// Source: ggml-org/llama.cpp, `convert_lora_to_gguf.py` and `llama-adapter.cpp`, which multiplies B A by
/// `adapter.lora.alpha` / rank.
public enum GGUFAdapter {
  /// Writes `adapter` to `path`.
  ///
  /// - Parameters:
  ///   - adapter: What is written, in single precision.
  ///   - configuration: Of its model.
  ///   - name: The adapter's name, for people.
  ///   - path: Where to.
  /// - Throws: ``FormatError/unwritable(path:reason:)``.
  public static func write(
    _ adapter: Adapter, configuration: ModelConfiguration, name: String, to path: String
  ) throws {
    // llama.cpp knows no rank-stabilised LoRA: the alpha whose ratio to the rank is the adapter's scale.
    let alpha = adapter.settings.scale * Float(adapter.settings.rank)
    let metadata: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .string("llama")), ("general.type", .string("adapter")), ("general.name", .string(name)),
      ("adapter.type", .string("lora")), ("adapter.lora.alpha", .float32(alpha)),
    ]
    let tensors = adapter.tensors.flatMap { tensor -> [(name: String, factor: AdapterTensor.Factor)] in
      guard let target = LoRATarget(rawValue: tensor.module) else { return [] }
      let weight = CanonicalName.layer(tensor.layer, target.weight)
      // The base's rows stand so, and B makes rows of the same order; A reads the same input whatever the order.
      let b = tensor.b.reordered(weight.ggufRowOrder(configuration))
      return [(weight.gguf + ".lora_a", tensor.a), (weight.gguf + ".lora_b", b)]
    }
    try GGUFWriter.write(
      metadata: metadata, outline: tensors.map { ($0.name, [$0.factor.rows, $0.factor.columns], .f32) }, to: path
    ) { tensors[$0].factor.values }
  }
}

extension LoRATarget {
  /// The weight that it adapts.
  var weight: CanonicalName.LayerTensor {
    switch self {
    case .q: .q
    case .k: .k
    case .v: .v
    case .o: .o
    case .gate: .gate
    case .up: .up
    case .down: .down
    }
  }
}

extension CanonicalName {
  /// The order in which GGUF files of architecture llama hold the rows.
  func ggufRowOrder(_ configuration: ModelConfiguration) -> RowOrder {
    switch self {
    case .layer(_, .q), .layer(_, .k): .interleavedPairs(headDimension: configuration.headDimension)
    default: .identity
    }
  }
}

extension AdapterTensor.Factor {
  /// The same rows where a file with this order stores them.
  func reordered(_ order: RowOrder) -> AdapterTensor.Factor {
    if order == .identity { return self }
    var result = self
    for row in 0..<rows {
      let place = order.storedRow(row) * columns
      result.values.replaceSubrange(
        place..<place + columns, with: values[row * columns..<(row + 1) * columns])
    }
    return result
  }
}

extension GGUFWriter {
  /// Writes a file whose tensors' values are asked for one after another, so that no more than one is in memory.
  ///
  /// - Throws: ``FormatError/unwritable(path:reason:)``, or what `values` throws.
  static func write(
    metadata: [(key: String, value: GGUFValue)], outline: [(name: String, shape: [Int], type: TensorType)],
    to path: String, values: (Int) throws -> [Float]
  ) throws {
    let alignment = alignment(metadata)
    let tensors = outline.map { tensor in
      Outline(
        name: tensor.name, shape: tensor.shape, type: tensor.type,
        byteCount: (elementCount(tensor.shape) ?? 0) * tensor.type.blockByteCount)
    }
    try AtomicFile.write(to: path) { file in
      var head = head(metadata: metadata, tensors: tensors)
      head.pad(to: alignment)
      try file.write(head)
      for (number, tensor) in tensors.enumerated() {
        try tensor.type.withEncoded(try values(number)) { bytes in
          precondition(bytes.count == tensor.byteCount, "\(tensor.name): shape and values disagree")
          try file.write(bytes)
        }
        let padding = GGUFFile.roundUp(tensor.byteCount, to: alignment) - tensor.byteCount
        try file.write([UInt8](repeating: 0, count: padding))
      }
    }
  }
}
