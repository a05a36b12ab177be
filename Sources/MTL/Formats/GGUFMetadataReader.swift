/// Reads the key-value part of a GGUF file.
enum GGUFMetadataReader {
  // Real tokenizers have under two million; the limit keeps a hostile file from filling memory.
  static let maximumElements = 1 << 22
  static let maximumDepth = 4

  static func read(_ reader: inout ByteReader, count: Int) throws -> [String: GGUFValue] {
    var metadata: [String: GGUFValue] = [:]
    var budget = maximumElements
    for _ in 0..<count {
      let key = try reader.string()
      let type = try readType(&reader)
      let value = try value(&reader, type: type, depth: 0, budget: &budget)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw FormatError.damaged(path: reader.file.path, reason: "the metadata key \(key) is there twice")
      }
    }
    return metadata
  }

  private static func readType(_ reader: inout ByteReader) throws -> GGUFType {
    let raw: UInt32 = try reader.read()
    guard let type = GGUFType(rawValue: raw) else {
      throw FormatError.damaged(path: reader.file.path, reason: "\(raw) is no metadata type")
    }
    return type
  }

  private static func value(
    _ reader: inout ByteReader, type: GGUFType, depth: Int, budget: inout Int
  ) throws -> GGUFValue {
    switch type {
    case .uint8: .integer(Int64(try reader.read(UInt8.self)), type)
    case .int8: .integer(Int64(try reader.read(Int8.self)), type)
    case .uint16: .integer(Int64(try reader.read(UInt16.self)), type)
    case .int16: .integer(Int64(try reader.read(Int16.self)), type)
    case .uint32: .integer(Int64(try reader.read(UInt32.self)), type)
    case .int32: .integer(Int64(try reader.read(Int32.self)), type)
    case .int64: .integer(try reader.read(Int64.self), type)
    case .uint64: .uint64(try reader.read())
    case .float32: .float32(Float(bitPattern: try reader.read()))
    case .float64: .float64(Double(bitPattern: try reader.read()))
    case .bool: try bool(&reader)
    case .string: .string(try reader.string())
    case .array: try array(&reader, depth: depth + 1, budget: &budget)
    }
  }

  private static func bool(_ reader: inout ByteReader) throws -> GGUFValue {
    let byte: UInt8 = try reader.read()
    guard byte < 2 else {
      throw FormatError.damaged(path: reader.file.path, reason: "a truth value is \(byte)")
    }
    return .bool(byte == 1)
  }

  private static func array(_ reader: inout ByteReader, depth: Int, budget: inout Int) throws -> GGUFValue {
    guard depth <= maximumDepth else {
      throw FormatError.damaged(path: reader.file.path, reason: "metadata arrays nest deeper than \(maximumDepth)")
    }
    let type = try readType(&reader)
    let count = try reader.count(of: "array elements", minimumBytes: type.minimumByteCount)
    guard count <= budget else {
      throw FormatError.damaged(path: reader.file.path, reason: "its metadata has over \(maximumElements) elements")
    }
    budget -= count
    var values: [GGUFValue] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      values.append(try value(&reader, type: type, depth: depth, budget: &budget))
    }
    return .array(type, values)
  }
}
