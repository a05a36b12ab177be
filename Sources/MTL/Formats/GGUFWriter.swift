import Foundation

/// Writes GGUF files: what the readers' tests are made of, and a base for export.
public enum GGUFWriter {
  /// A tensor to write: `bytes` as `type` encodes `shape` (outermost dimension first).
  public struct Tensor: Sendable {
    package let name: String
    package let shape: [Int]
    let type: TensorType
    let bytes: Data

    /// A tensor whose bytes are already encoded.
    public init(name: String, shape: [Int], type: TensorType, bytes: Data) {
      self.name = name
      self.shape = shape
      self.type = type
      self.bytes = bytes
    }
  }

  /// Writes `metadata` and `tensors` to `path`, atomically.
  ///
  /// - Throws: `FormatError.unwritable`.
  public static func write(
    metadata: [(key: String, value: GGUFValue)], tensors: [Tensor], version: UInt32 = 3, to path: String
  ) throws {
    let bytes = encode(metadata: metadata, tensors: tensors, version: version)
    try AtomicFile.write(to: path) { try $0.write(bytes) }
  }

  /// The bytes of such a file.
  public static func encode(
    metadata: [(key: String, value: GGUFValue)], tensors: [Tensor], version: UInt32 = 3
  ) -> Data {
    let alignment = Self.alignment(metadata)
    let outline = tensors.map { Outline(name: $0.name, shape: $0.shape, type: $0.type, byteCount: $0.bytes.count) }
    var data = head(metadata: metadata, tensors: outline, version: version)
    for tensor in tensors {
      data.pad(to: alignment)
      data.append(tensor.bytes)
    }
    data.pad(to: alignment)
    return data
  }

  /// A tensor of a file that is written piece by piece.
  struct Outline {
    let name: String
    let shape: [Int]
    let type: TensorType
    let byteCount: Int
  }

  static func alignment(_ metadata: [(key: String, value: GGUFValue)]) -> Int {
    metadata.first { $0.key == "general.alignment" }?.value.intValue ?? 32
  }

  /// All that comes before the first tensor's bytes, its padding not included.
  static func head(
    metadata: [(key: String, value: GGUFValue)], tensors: [Outline], version: UInt32 = 3
  ) -> Data {
    var data = Data()
    data.append(littleEndian: GGUFFile.magic)
    data.append(littleEndian: version)
    data.append(littleEndian: UInt64(tensors.count))
    data.append(littleEndian: UInt64(metadata.count))
    for (key, value) in metadata {
      data.append(gguf: key)
      data.append(littleEndian: value.type.rawValue)
      data.append(gguf: value)
    }
    let alignment = alignment(metadata)
    var offset = 0
    for tensor in tensors {
      data.append(gguf: tensor.name)
      data.append(littleEndian: UInt32(tensor.shape.count))
      for dimension in tensor.shape.reversed() { data.append(littleEndian: UInt64(dimension)) }
      data.append(littleEndian: tensor.type.ggufNumber)
      data.append(littleEndian: UInt64(offset))
      offset = GGUFFile.roundUp(offset + tensor.byteCount, to: alignment)
    }
    return data
  }
}

extension Data {
  mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  mutating func append(gguf text: String) {
    append(littleEndian: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  mutating func append(gguf value: GGUFValue) {
    switch value {
    case .integer(let number, let type):
      Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0.prefix(type.minimumByteCount)) }
    case .uint64(let number): append(littleEndian: number)
    case .float32(let number): append(littleEndian: number.bitPattern)
    case .float64(let number): append(littleEndian: number.bitPattern)
    case .bool(let flag): append(flag ? 1 : 0)
    case .string(let text): append(gguf: text)
    case .array(let type, let values):
      append(littleEndian: type.rawValue)
      append(littleEndian: UInt64(values.count))
      for value in values { append(gguf: value) }
    }
  }

  mutating func pad(to alignment: Int) {
    append(Data(count: GGUFFile.roundUp(count, to: alignment) - count))
  }
}
