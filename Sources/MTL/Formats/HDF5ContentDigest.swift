import Crypto
import Foundation

/// SHA-256 over what an HDF5 file says, however its bytes are arranged.
///
/// Each group, dataset and attribute has a SHA-256 over (kind, type, shape, data), each field preceded by its length
/// as 8 little-endian bytes; data are little-endian numbers, or strings each preceded by its length. The whole is a
/// SHA-256 over (key, digest) in the byte order of the keys: the object's path, with U+0000 and the name behind it
/// for an attribute. The attribute that holds the result is left out.
struct HDF5ContentDigest {
  /// Name of the root attribute that holds the digest.
  static let attribute = "content-sha256"

  private var entries: [[UInt8]: SHA256.Digest] = [:]

  /// Whether an object of this path was added.
  func contains(_ path: String) -> Bool { entries[Array(path.utf8)] != nil }

  mutating func addGroup(_ path: String) {
    add(key: path, kind: "group", type: "", shape: [], data: [])
  }

  mutating func addDataset(_ path: String, _ type: HDF5Type, shape: [Int], data: UnsafeRawBufferPointer) {
    add(key: path, kind: "dataset", type: type.rawValue, shape: shape, data: data)
  }

  mutating func addDataset(_ path: String, shape: [Int], strings: [String]) {
    add(key: path, kind: "dataset", type: HDF5Type.string.rawValue, shape: shape, data: Self.encode(strings))
  }

  mutating func addAttribute(_ name: String, of path: String, _ value: HDF5Attribute) {
    guard path != "/" || name != Self.attribute else { return }
    let data: [UInt8] =
      switch value {
      case .string(let text): Self.encode([text])
      case .int(let number): Self.littleEndian(UInt64(bitPattern: Int64(number)))
      case .double(let number): Self.littleEndian(number.bitPattern)
      }
    add(key: path + "\0" + name, kind: "attribute", type: value.type.rawValue, shape: [], data: data)
  }

  /// The digest of all that was added, as hexadecimal digits.
  var value: String {
    var hash = SHA256()
    for (key, digest) in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      hash.update(data: Self.littleEndian(UInt64(key.count)))
      hash.update(data: key)
      digest.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().hex
  }

  private mutating func add(key: String, kind: String, type: String, shape: [Int], data: some ContiguousBytes) {
    var hash = SHA256()
    for field in [Array(kind.utf8), Array(type.utf8), Array(shape.map(String.init).joined(separator: ",").utf8)] {
      hash.update(data: Self.littleEndian(UInt64(field.count)))
      hash.update(data: field)
    }
    data.withUnsafeBytes { bytes in
      hash.update(data: Self.littleEndian(UInt64(bytes.count)))
      hash.update(bufferPointer: bytes)
    }
    entries[Array(key.utf8)] = hash.finalize()
  }

  private static func encode(_ strings: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for string in strings {
      bytes += littleEndian(UInt64(string.utf8.count))
      bytes += string.utf8
    }
    return bytes
  }

  private static func littleEndian(_ value: UInt64) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
