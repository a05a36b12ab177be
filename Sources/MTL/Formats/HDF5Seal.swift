import Crypto
import Foundation

/// The block before the HDF5 data that says what its bytes were when written.
///
/// HDF5 leaves this "user block" alone, and h5py and h5dump skip it. It is checked before the HDF5 library sees the
/// file, because that library does not survive every damaged file.
enum HDF5Seal {
  /// The smallest user block that HDF5 allows.
  static let byteCount = 512
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The block for `byteCount` bytes of HDF5 data of this digest.
  static func block(_ digest: SHA256.Digest, byteCount: Int) -> [UInt8] {
    let text = "swift-mtl HDF5, data from byte 512\nbytes \(byteCount)\nsha256 \(digest.hex)\n"
    return Array(text.utf8) + [UInt8](repeating: 0, count: Self.byteCount - text.utf8.count)
  }

  /// Whether the file has a seal; a file of another program begins with HDF5's signature instead.
  ///
  /// - Throws: `FormatError.damaged` when it has neither, or the seal does not match the data.
  static func check(_ file: MappedFile) throws -> Bool {
    let start = try file.bytes(0..<min(file.byteCount, byteCount))
    if start.starts(with: signature) { return false }
    guard start.starts(with: Array("swift-mtl HDF5".utf8)), file.byteCount > byteCount else {
      throw FormatError.damaged(path: file.path, reason: "it does not begin as an HDF5 file of this program does")
    }
    var hash = SHA256()
    file.update(&hash, from: byteCount)
    guard start.elementsEqual(block(hash.finalize(), byteCount: file.byteCount - byteCount)) else {
      throw FormatError.damaged(
        path: file.path, reason: "its bytes are not those that were written (SHA-256 over bytes 512 and on)")
    }
    return true
  }
}

extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits a byte.
  var hex: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
