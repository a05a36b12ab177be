import Crypto
import Foundation

/// A file's bytes, mapped read-only; every read is checked against the file's size.
///
/// A file that another process truncates while it is mapped raises SIGBUS: replace model files by renaming.
public final class MappedFile: @unchecked Sendable {
  // @unchecked because of the pointer: the mapping is never written and lives as long as the object.
  /// Where the file was opened.
  public let path: String
  /// The file's size in bytes, at least 1.
  public let byteCount: Int
  private let base: UnsafeRawPointer

  /// Maps the regular file at `path`.
  ///
  /// - Throws: `FormatError.unreadable` when it cannot be opened, `.damaged` when it is empty.
  public init(path: String) throws {
    // O_NONBLOCK so that a named pipe is refused below instead of waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FormatError.unreadable(path: path, reason: systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FormatError.unreadable(path: path, reason: systemReason()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FormatError.unreadable(path: path, reason: "it is not a regular file")
    }
    guard status.st_size > 0 else { throw FormatError.damaged(path: path, reason: "it is empty") }
    let size = Int(status.st_size)
    guard let address = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED else {
      throw FormatError.unreadable(path: path, reason: systemReason())
    }
    self.path = path
    self.byteCount = size
    self.base = UnsafeRawPointer(address)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
  }

  /// The little-endian integer at byte `offset`.
  ///
  /// - Throws: `FormatError.damaged` past the end.
  public func scalar<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) throws -> T {
    try check(offset: offset, count: MemoryLayout<T>.size)
    return T(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// The bytes of `range`, valid while this object lives.
  ///
  /// - Throws: `FormatError.damaged` past the end.
  public func bytes(_ range: Range<Int>) throws -> UnsafeRawBufferPointer {
    try check(offset: range.lowerBound, count: range.count)
    return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  /// A copy of the whole file, for the small text files beside the weights.
  ///
  /// - Throws: `FormatError.damaged` when the file is longer than `limit` bytes.
  public static func contents(of path: String, limit: Int) throws -> Data {
    let file = try MappedFile(path: path)
    guard file.byteCount <= limit else {
      throw FormatError.damaged(path: path, reason: "it has \(file.byteCount) bytes, more than \(limit)")
    }
    return try Data(file.bytes(0..<file.byteCount))
  }

  /// SHA-256 of all bytes, in hexadecimal digits.
  public var sha256: String {
    var hash = SHA256()
    update(&hash)
    return hash.finalize().hex
  }

  /// Feeds the file from byte `start` on to `hash` in chunks, giving each chunk's pages back afterwards.
  func update(_ hash: inout SHA256, from start: Int = 0) {
    let chunk = 1 << 22
    var offset = start
    while offset < byteCount {
      let count = min(chunk - offset % chunk, byteCount - offset)
      hash.update(bufferPointer: UnsafeRawBufferPointer(start: base + offset, count: count))
      // Otherwise hashing a large base would make all of it resident.
      madvise(UnsafeMutableRawPointer(mutating: base + offset - offset % chunk), offset % chunk + count, MADV_DONTNEED)
      offset += count
    }
  }

  /// Gives back the memory of what was read; reading again is possible.
  func releasePages() {
    madvise(UnsafeMutableRawPointer(mutating: base), byteCount, MADV_DONTNEED)
  }

  private func check(offset: Int, count: Int) throws {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw FormatError.damaged(
        path: path, reason: "it ends at byte \(byteCount), before \(count) bytes at \(offset)")
    }
  }
}

/// The system's words for `errno`; for a full disk, what to do as well.
package func systemReason(_ code: Int32 = errno) -> String {
  switch code {
  case ENOSPC, EDQUOT: "the disk or the quota on it is full; free some space and run the command again"
  default: String(cString: strerror(code))
  }
}
