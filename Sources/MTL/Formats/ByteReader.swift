/// A cursor over a mapped file: each read is checked, little-endian, and moves forward.
struct ByteReader {
  let file: MappedFile
  private(set) var offset: Int

  init(_ file: MappedFile, offset: Int = 0) {
    self.file = file
    self.offset = offset
  }

  var remaining: Int { file.byteCount - offset }

  mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws -> T {
    let value = try file.scalar(at: offset, as: T.self)
    offset += MemoryLayout<T>.size
    return value
  }

  /// A 64-bit count of things that each take at least `minimumBytes` of what is left.
  mutating func count(of what: String, minimumBytes: Int) throws -> Int {
    let start = offset
    let value: UInt64 = try read()
    guard value <= UInt64(remaining / minimumBytes) else {
      throw FormatError.damaged(
        path: file.path, reason: "byte \(start) counts \(value) \(what), more than the file can hold")
    }
    return Int(value)
  }

  /// A 64-bit length followed by that many bytes of UTF-8.
  mutating func string() throws -> String {
    let start = offset
    let length = try count(of: "bytes of a string", minimumBytes: 1)
    let bytes = try file.bytes(offset..<offset + length)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError.damaged(path: file.path, reason: "the string at byte \(start) is not UTF-8")
    }
    offset += length
    return text
  }
}
