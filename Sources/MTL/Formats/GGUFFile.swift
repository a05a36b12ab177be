/// A GGUF file of version 2 or 3, little-endian: metadata and tensor directory, read and checked when opened.
///
/// Source: the GGUF specification, ggml-org/ggml docs/gguf.md.
public struct GGUFFile: Sendable {
  /// The mapped bytes.
  public let file: MappedFile
  /// 2 or 3.
  public let version: UInt32
  /// Key to value.
  public let metadata: [String: GGUFValue]
  /// Name to tensor.
  public let tensors: [String: TensorEntry]
  /// What every tensor's offset is a multiple of.
  public let alignment: Int

  /// Opens the file at `path`.
  ///
  /// - Throws: `FormatError.unreadable`, `.damaged` where the bytes contradict the format, `.unsupported` for another
  ///   version or tensor type.
  public init(path: String) throws {
    try self.init(MappedFile(path: path))
  }

  init(_ file: MappedFile) throws {
    var reader = ByteReader(file)
    version = try Self.readVersion(&reader)
    let tensorCount = try reader.count(of: "tensors", minimumBytes: 24)
    let metadataCount = try reader.count(of: "metadata pairs", minimumBytes: 13)
    metadata = try GGUFMetadataReader.read(&reader, count: metadataCount)
    alignment = try Self.alignment(metadata, path: file.path)
    let records = try GGUFTensorRecord.read(&reader, count: tensorCount)
    tensors = try GGUFTensorRecord.resolve(
      records, in: file, dataStart: Self.roundUp(reader.offset, to: alignment), alignment: alignment)
    self.file = file
  }

  static let magic: UInt32 = 0x4655_4747  // "GGUF"

  static func roundUp(_ offset: Int, to alignment: Int) -> Int {
    (offset + alignment - 1) / alignment * alignment
  }

  private static func readVersion(_ reader: inout ByteReader) throws -> UInt32 {
    let path = reader.file.path
    guard try reader.read(UInt32.self) == magic else {
      throw FormatError.damaged(path: path, reason: "it does not begin with GGUF")
    }
    let version: UInt32 = try reader.read()
    // A version whose low half is empty was written on a big-endian machine.
    if version & 0xffff == 0, version != 0 { throw FormatError.unsupported(path: path, what: "big-endian GGUF") }
    guard version == 2 || version == 3 else {
      throw FormatError.unsupported(path: path, what: "GGUF version \(version)")
    }
    return version
  }

  private static func alignment(_ metadata: [String: GGUFValue], path: String) throws -> Int {
    guard let value = metadata["general.alignment"] else { return 32 }
    guard let alignment = value.intValue, (8...65536).contains(alignment), alignment.nonzeroBitCount == 1 else {
      throw FormatError.damaged(path: path, reason: "general.alignment is not a power of two from 8 to 65536")
    }
    return alignment
  }
}
