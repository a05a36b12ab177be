import Foundation

/// A safetensors file: its directory, read and checked when opened.
///
/// Source: the safetensors format, huggingface/safetensors README.
public struct SafetensorsFile: Sendable {
  /// The mapped bytes.
  public let file: MappedFile
  /// The free-text pairs of `__metadata__`.
  public let metadata: [String: String]
  /// Name to tensor, of the types F32, F16 and BF16.
  public let tensors: [String: TensorEntry]
  /// Name to element type of the tensors of other types, which are not read.
  public let otherTensors: [String: String]

  // The reference implementation's limit.
  static let maximumHeaderByteCount = 100_000_000

  /// Opens the file at `path`.
  ///
  /// - Throws: `FormatError.unreadable`, or `.damaged` where the bytes contradict the format.
  public init(path: String) throws {
    let file = try MappedFile(path: path)
    let (header, dataStart) = try Self.readHeader(file)
    var tensors: [String: TensorEntry] = [:]
    var otherTensors: [String: String] = [:]
    var end = 0
    let dataByteCount = file.byteCount - dataStart
    // The format allows neither holes nor overlaps, so each tensor begins where the one before it ends.
    for (name, entry) in header.entries.sorted(by: { $0.value.offsets.lexicographicallyPrecedes($1.value.offsets) }) {
      let range = try Self.range(of: entry, name: name, dataByteCount: dataByteCount, path: path)
      guard range.lowerBound == end else {
        throw FormatError.damaged(
          path: path, reason: "tensor \(name) begins at \(range.lowerBound) of the data, where \(end) is expected")
      }
      end = range.upperBound
      if let type = TensorType(safetensors: entry.dtype) {
        tensors[name] = TensorEntry(
          name: name, shape: entry.shape, type: type, file: file,
          byteRange: dataStart + range.lowerBound..<dataStart + range.upperBound)
      } else {
        otherTensors[name] = entry.dtype
      }
    }
    guard end == dataByteCount else {
      throw FormatError.damaged(path: path, reason: "it has \(dataByteCount) bytes of data, its header says \(end)")
    }
    self.file = file
    self.metadata = header.metadata
    self.tensors = tensors
    self.otherTensors = otherTensors
  }

  /// The tensor called `name`.
  ///
  /// - Throws: `FormatError.damaged` when it is missing, `.unsupported` when its type is not read.
  public func tensor(_ name: String) throws -> TensorEntry {
    if let entry = tensors[name] { return entry }
    if let type = otherTensors[name] {
      throw FormatError.unsupported(path: file.path, what: "tensor type \(type) of \(name)")
    }
    throw FormatError.damaged(path: file.path, reason: "it has no tensor \(name)")
  }

  private static func readHeader(_ file: MappedFile) throws -> (SafetensorsHeader, dataStart: Int) {
    let length: UInt64 = try file.scalar(at: 0)
    guard length <= UInt64(min(maximumHeaderByteCount, file.byteCount - 8)) else {
      throw FormatError.damaged(path: file.path, reason: "its header claims \(length) bytes")
    }
    let dataStart = 8 + Int(length)
    do {
      let bytes = try Data(file.bytes(8..<dataStart))
      return (try JSONDecoder().decode(SafetensorsHeader.self, from: bytes), dataStart)
    } catch let error as DecodingError {
      throw FormatError.damaged(path: file.path, reason: "its header is not as expected: \(error.sentence)")
    }
  }

  private static func range(
    of entry: SafetensorsHeader.Entry, name: String, dataByteCount: Int, path: String
  ) throws -> Range<Int> {
    guard let elementBytes = elementByteCount(entry.dtype) else {
      throw FormatError.unsupported(path: path, what: "element type \(entry.dtype) of tensor \(name)")
    }
    guard entry.shape.count <= 8, let byteCount = elementCount(entry.shape + [elementBytes]) else {
      throw FormatError.damaged(path: path, reason: "tensor \(name) has an impossible shape \(entry.shape.prefix(9))")
    }
    guard entry.offsets.count == 2, entry.offsets[0] >= 0, entry.offsets[0] <= entry.offsets[1],
      entry.offsets[1] <= dataByteCount
    else {
      throw FormatError.damaged(path: path, reason: "tensor \(name) lies outside the data")
    }
    guard entry.offsets[1] - entry.offsets[0] == byteCount else {
      throw FormatError.damaged(
        path: path,
        reason: "tensor \(name) has \(entry.offsets[1] - entry.offsets[0]) bytes, its shape needs \(byteCount)")
    }
    return entry.offsets[0]..<entry.offsets[1]
  }

  private static func elementByteCount(_ dtype: String) -> Int? {
    switch dtype {
    case "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2": 1
    case "U16", "I16", "F16", "BF16": 2
    case "U32", "I32", "F32": 4
    case "U64", "I64", "F64": 8
    default: nil
    }
  }
}

extension TensorType {
  init?(safetensors dtype: String) {
    switch dtype {
    case "F32": self = .f32
    case "F16": self = .f16
    case "BF16": self = .bf16
    default: return nil
    }
  }
}

extension DecodingError {
  /// What is wrong and where, without Swift's type names.
  var sentence: String {
    switch self {
    case .keyNotFound(let key, let context): "\(Self.place(context))\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(Self.place(context))the value has the wrong type"
    case .dataCorrupted(let context): "\(Self.place(context))not valid JSON here"
    @unknown default: "not valid JSON"
    }
  }

  private static func place(_ context: Context) -> String {
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    return path.isEmpty ? "" : "\(path): "
  }
}
