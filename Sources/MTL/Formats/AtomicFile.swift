import Foundation

/// Writing a file so that its name never shows a half-written one.
public struct AtomicFile: ~Copyable {
  private let descriptor: Int32
  private let path: String

  /// Calls `body` with a temporary file beside `path`, then fsyncs and renames it; removes it when `body` throws.
  ///
  /// - Throws: `FormatError.unwritable`, or what `body` throws; `path` is then as it was.
  public static func write(to path: String, _ body: (borrowing AtomicFile) throws -> Void) throws {
    let temporary = "\(path).\(UUID().uuidString.prefix(8)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FormatError.unwritable(path: path, reason: systemReason()) }
    do {
      defer { close(descriptor) }
      try body(AtomicFile(descriptor: descriptor, path: path))
      guard fsync(descriptor) == 0 else { throw FormatError.unwritable(path: path, reason: systemReason()) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let reason = systemReason()
      unlink(temporary)
      throw FormatError.unwritable(path: path, reason: reason)
    }
    syncDirectory(of: path)
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `FormatError.unwritable`, for instance on a full disk.
  public func write(_ bytes: some ContiguousBytes) throws {
    try bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let written = sysWrite(descriptor, UnsafeRawBufferPointer(rebasing: buffer[done...]))
        if written < 0 {
          if errno == EINTR { continue }
          throw FormatError.unwritable(path: path, reason: systemReason())
        }
        done += written
      }
    }
  }

  // So that the new name itself survives a power cut; a file system that cannot is no reason to fail.
  private static func syncDirectory(of path: String) {
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

// Outside the type, where `write` would find the method.
private func sysWrite(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
  write(descriptor, buffer.baseAddress, buffer.count)
}
