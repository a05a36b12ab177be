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
    var header = SafetensorsHeader(metadata: metadata, entries: [:])
    var offset = 0
    for tensor in tensors {
      precondition(elementCount(tensor.shape) == tensor.values.count, "\(tensor.name): shape and values disagree")
      precondition(header.entries[tensor.name] == nil, "two tensors called \(tensor.name)")
      let end = offset + tensor.values.count * MemoryLayout<Float>.size
      header.entries[tensor.name] = .init(dtype: "F32", shape: tensor.shape, offsets: [offset, end])
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
      // Every platform Swift runs on stores floats little-endian, as the format does.
      for tensor in tensors { try tensor.values.withUnsafeBytes { try file.write($0) } }
    }
  }
}
