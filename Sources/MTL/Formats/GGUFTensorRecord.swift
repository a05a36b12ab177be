/// A line of a GGUF tensor directory as it is read: the data's start is known only after the last one.
struct GGUFTensorRecord {
  let name: String
  let shape: [Int]  // outermost first; the file has it the other way round
  let type: TensorType
  let offset: Int  // from the data's start

  static func read(_ reader: inout ByteReader, count: Int) throws -> [GGUFTensorRecord] {
    var records: [GGUFTensorRecord] = []
    records.reserveCapacity(count)
    for _ in 0..<count { records.append(try GGUFTensorRecord(&reader)) }
    return records
  }

  private init(_ reader: inout ByteReader) throws {
    let path = reader.file.path
    let name = try reader.string()
    let rank: UInt32 = try reader.read()
    guard (1...4).contains(rank) else {
      throw FormatError.damaged(path: path, reason: "tensor \(name) has \(rank) dimensions")
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      let raw: UInt64 = try reader.read()
      guard let dimension = Int(exactly: raw), dimension > 0 else {
        throw FormatError.damaged(path: path, reason: "tensor \(name) has a dimension of \(raw)")
      }
      shape.insert(dimension, at: 0)
    }
    let rawType: UInt32 = try reader.read()
    guard let type = TensorType(gguf: rawType) else {
      throw FormatError.unsupported(
        path: path, what: "tensor type \(TensorType.ggufName(rawType)) of \(name)")
    }
    let rawOffset: UInt64 = try reader.read()
    guard let offset = Int(exactly: rawOffset) else {
      throw FormatError.damaged(path: path, reason: "tensor \(name) begins at \(rawOffset)")
    }
    self.name = name
    self.shape = shape
    self.type = type
    self.offset = offset
  }

  /// Places every record's bytes in the file; refuses what lies outside it, is unaligned, or overlaps.
  static func resolve(
    _ records: [GGUFTensorRecord], in file: MappedFile, dataStart: Int, alignment: Int
  ) throws -> [String: TensorEntry] {
    var tensors: [String: TensorEntry] = [:]
    for record in records {
      let entry = try record.entry(in: file, dataStart: dataStart, alignment: alignment)
      guard tensors.updateValue(entry, forKey: record.name) == nil else {
        throw FormatError.damaged(path: file.path, reason: "tensor \(record.name) is there twice")
      }
    }
    let sorted = tensors.values.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
    for (first, second) in zip(sorted, sorted.dropFirst())
    where first.byteRange.upperBound > second.byteRange.lowerBound {
      throw FormatError.damaged(path: file.path, reason: "tensors \(first.name) and \(second.name) overlap")
    }
    return tensors
  }

  private func entry(in file: MappedFile, dataStart: Int, alignment: Int) throws -> TensorEntry {
    guard offset % alignment == 0 else {
      throw FormatError.damaged(path: file.path, reason: "tensor \(name) is not aligned to \(alignment) bytes")
    }
    guard let columns = shape.last, let rowBytes = type.byteCount(columns: columns),
      let byteCount = elementCount(shape.dropLast() + [rowBytes])
    else {
      throw FormatError.damaged(path: file.path, reason: "tensor \(name) has an impossible shape \(shape)")
    }
    guard dataStart <= file.byteCount, offset <= file.byteCount - dataStart,
      byteCount <= file.byteCount - dataStart - offset
    else {
      throw FormatError.damaged(path: file.path, reason: "tensor \(name) lies past the end")
    }
    let start = dataStart + offset
    return TensorEntry(name: name, shape: shape, type: type, file: file, byteRange: start..<start + byteCount)
  }
}

extension TensorType {
  init?(gguf raw: UInt32) {
    guard let type = Self.allCases.first(where: { $0.ggufNumber == raw }) else { return nil }
    self = type
  }

  var ggufNumber: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q8_0: 8
    case .bf16: 30
    }
  }

  /// ggml's name of a type, for errors about types that are not handled.
  static func ggufName(_ raw: UInt32) -> String {
    let names: [UInt32: String] = [
      6: "Q5_0", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K",
      16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
      23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0",
      39: "MXFP4",
    ]
    return names[raw] ?? "number \(raw)"
  }
}
