import Foundation

/// Writes safetensors files of float32 tensors.
public enum SafetensorsWriter {
  /// Writes `tensors`, in the order given, to `path`: a temporary file, fsync, rename.
  ///
  /// - Precondition: names differ and each shape's product is its number of values.
  /// - Throws: `FormatError.unwritable`.
  public static func write(
    _ tensors: [(name: String, shape: [Int], values: [Float])], metadata: [String: String] = [:], to path: String
  ) throws {
    for tensor in tensors {
      precondition(elementCount(tensor.shape) == tensor.values.count, "\(tensor.name): shape and values disagree")
    }
    try write(tensors.map { ($0.name, $0.shape) }, type: .f32, metadata: metadata, to: path) { tensors[$0].values }
  }

  /// Writes tensors of one type, whose values are asked for one after another, so that no more than one is in memory.
  ///
  /// - Precondition: names differ, the type is not quantised, and each shape's product is its number of values.
  /// - Throws: `FormatError.unwritable`, or what `values` throws.
  static func write(
    _ tensors: [(name: String, shape: [Int])], type: TensorType, metadata: [String: String] = [:], to path: String,
    values: (Int) throws -> [Float]
  ) throws {
    var header = SafetensorsHeader(metadata: metadata, entries: [:])
    var offset = 0
    for tensor in tensors {
      precondition(header.entries[tensor.name] == nil, "two tensors called \(tensor.name)")
      let end = offset + (elementCount(tensor.shape) ?? 0) * type.blockByteCount
      header.entries[tensor.name] = .init(
        dtype: type.rawValue.uppercased(), shape: tensor.shape, offsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(header)
    // Spaces up to a multiple of 8, so that the data is aligned when mapped.
    json.append(Data(repeating: 0x20, count: (8 - json.count % 8) % 8))
    var prefix = Data()
    prefix.append(littleEndian: UInt64(json.count))
    try AtomicFile.write(to: path) { file in
      try file.write(prefix)
      try file.write(json)
      for number in tensors.indices { try type.withEncoded(try values(number)) { try file.write($0) } }
    }
  }
}
