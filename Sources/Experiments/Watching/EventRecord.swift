/// One record of a TensorBoard event file, as bytes.
///
/// TFRecord framing: length (8 bytes), masked CRC-32C of the length, data, masked CRC-32C of the data, all little-endian.
/// The data is a protocol buffer `Event`: wall_time = 1 (double), step = 2 (int64), file_version = 3 (string), summary = 5,
/// whose value = 1 has tag = 1 (string) and simple_value = 2 (float).
public enum EventRecord {
  /// The first record of every file.
  public static func version(time: Double) -> [UInt8] {
    framed(double(1, time) + bytes(3, Array("brain.Event:2".utf8)))
  }

  /// Numbers at a step, by their tags.
  public static func scalars(_ values: [(tag: String, value: Double)], step: Int, time: Double) -> [UInt8] {
    let summary = values.flatMap { tag, value in bytes(1, bytes(1, Array(tag.utf8)) + float(2, Float(value))) }
    return framed(double(1, time) + integer(2, step) + bytes(5, summary))
  }

  private static func framed(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data))
  }

  private static func double(_ field: UInt64, _ value: Double) -> [UInt8] {
    varint(field << 3 | 1) + littleEndian(value.bitPattern)
  }

  private static func float(_ field: UInt64, _ value: Float) -> [UInt8] {
    varint(field << 3 | 5) + littleEndian(value.bitPattern)
  }

  private static func integer(_ field: UInt64, _ value: Int) -> [UInt8] {
    // Zero is the default, and left out.
    value == 0 ? [] : varint(field << 3) + varint(UInt64(bitPattern: Int64(value)))
  }

  private static func bytes(_ field: UInt64, _ value: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(UInt64(value.count)) + value
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, result) = (value, [UInt8]())
    while rest >= 0x80 {
      result.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return result + [UInt8(rest)]
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
