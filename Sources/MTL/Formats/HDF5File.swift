import CHDF5
import Crypto
import Foundation

/// An HDF5 file: groups, datasets of numbers and strings, attributes.
///
/// Paths are absolute (`/history/loss`). A file is written whole, with ``writeAtomically(to:_:)``, and otherwise only
/// read. Links other than hard ones, virtual and external storage, and filters other than deflate, shuffle and
/// Fletcher-32 are refused; what a dataset claims to hold is compared with the bytes it occupies before memory is
/// taken for it.
///
/// Source: the HDF5 file format and library, version 1.10.
public final class HDF5File {
  /// Where the file is, or will be.
  public let path: String
  /// Bytes of the file that is read; 0 for one being written.
  public let byteCount: Int
  /// Whether its bytes were checked, before HDF5 saw them, against the digest they were written with.
  public let isSealed: Bool

  let id: hid_t
  let isWriting: Bool
  var digest = HDF5ContentDigest()
  /// Paths known to exist and to be hard links; links are never removed.
  var hardLinks: Set<String> = []

  /// Opens the file at `path` for reading.
  ///
  /// - Throws: ``FormatError`` when it cannot be opened, is no HDF5 file, or is not as it was written.
  public init(readingFrom path: String) throws {
    let file = try MappedFile(path: path)
    isSealed = try HDF5Seal.check(file)
    byteCount = file.byteCount
    self.path = path
    isWriting = false
    id = try HDF5Library.locked {
      guard let access = HDF5Handle(H5Pcreate(mtl_h5p_file_access()), { H5Pclose($0) }) else {
        throw FormatError.unreadable(path: path, reason: HDF5Library.reason)
      }
      // Locks fail on some network file systems, and a file here is replaced, never changed.
      H5Pset_file_locking(access.id, false, true)
      let id = H5Fopen(path, mtl_h5f_read_only(), access.id)
      guard id >= 0 else { throw FormatError.damaged(path: path, reason: HDF5Library.reason) }
      return id
    }
  }

  // In memory: on a full disk HDF5 would keep the file open, try again when the process ends, and then fail.
  private init(writingTo path: String) throws {
    self.path = path
    byteCount = 0
    isSealed = false
    isWriting = true
    id = try HDF5Library.locked {
      guard let access = HDF5Handle(H5Pcreate(mtl_h5p_file_access()), { H5Pclose($0) }),
        let creation = HDF5Handle(H5Pcreate(mtl_h5p_file_create()), { H5Pclose($0) }),
        H5Pset_fapl_core(access.id, 1 << 20, false) >= 0,
        H5Pset_userblock(creation.id, hsize_t(HDF5Seal.byteCount)) >= 0
      else { throw FormatError.unwritable(path: path, reason: HDF5Library.reason) }
      // Two files in memory must not share a name; this one never reaches the disk.
      let id = H5Fcreate(UUID().uuidString, mtl_h5f_exclusive(), creation.id, access.id)
      guard id >= 0 else { throw FormatError.unwritable(path: path, reason: HDF5Library.reason) }
      return id
    }
    digest.addGroup("/")
  }

  deinit { HDF5Library.locked { _ = H5Fclose(id) } }

  /// Calls `body` with an empty file, then puts it at `path`: a temporary name beside it, fsync, rename.
  ///
  /// The root attribute `content-sha256` is added. The file is held in memory until then.
  ///
  /// - Throws: ``FormatError/unwritable(path:reason:)``, or what `body` throws; `path` is then as it was.
  public static func writeAtomically(to path: String, _ body: (HDF5File) throws -> Void) throws {
    let file = try HDF5File(writingTo: path)
    try body(file)
    try file.setAttribute(HDF5ContentDigest.attribute, .string(file.digest.value), of: "/")
    let data = try file.image()
    var hash = SHA256()
    data.withUnsafeBytes { hash.update(bufferPointer: $0) }
    let seal = HDF5Seal.block(hash.finalize(), byteCount: data.count)
    try AtomicFile.write(to: path) { destination in
      try destination.write(seal)
      try destination.write(data)
    }
  }

  /// All bytes of the file being written, the user block apart.
  private func image() throws -> [UInt8] {
    try HDF5Library.locked {
      guard H5Fflush(id, H5F_SCOPE_GLOBAL) >= 0 else { throw failure("the file") }
      let size = H5Fget_file_image(id, nil, 0)
      guard size > 0 else { throw failure("the file") }
      return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        guard H5Fget_file_image(id, buffer.baseAddress, size) == size else { throw failure("the file") }
        count = size
      }
    }
  }

  /// HDF5's last failure, said of `what` in this file.
  func failure(_ what: String) -> FormatError {
    isWriting
      ? .unwritable(path: path, reason: "\(what): \(HDF5Library.reason)")
      : .damaged(path: path, reason: "\(what): \(HDF5Library.reason)")
  }
}
