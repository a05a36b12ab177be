/// Names as HDF5 links, which may not contain `/` nor be `.`: percent encoding of `/`, `.`, `%` and U+0000.
enum LinkName {
  private static let escaped: [UInt8] = [0x2f, 0x2e, 0x25, 0x00]

  /// The link name; `%` alone for the empty name.
  static func encode(_ name: String) -> String {
    guard !name.isEmpty else { return "%" }
    var bytes: [UInt8] = []
    for byte in name.utf8 {
      if escaped.contains(byte) { bytes += "%\([byte].hex)".utf8 } else { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The name that was encoded; nil when nothing encodes to `link`.
  static func decode(_ link: String) -> String? {
    if link == "%" { return "" }
    var bytes: [UInt8] = []
    var rest = link.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == 0x25 else {
        bytes.append(byte)
        continue
      }
      guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard let name = String(validating: bytes, as: UTF8.self), encode(name) == link else { return nil }
    return name
  }
}
