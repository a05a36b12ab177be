import CProcess
import Foundation

/// An open file descriptor, closed when nobody has it any more.
final class Descriptor {
  let number: Int32

  private init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  /// A new file that must not be there yet.
  convenience init(creating path: String) throws {
    try self.init(path, O_WRONLY | O_CREAT | O_EXCL)
  }

  /// A program's standard input: a file, so that nobody has to feed it and it may stop reading whenever it likes.
  convenience init(input: Data?, beside path: String) throws {
    guard let input else {
      try self.init("/dev/null", O_RDONLY)
      return
    }
    let file = path + ".stdin"
    defer { unlink(file) }
    try Descriptor(creating: file).write(input, file)
    try self.init(file, O_RDONLY)
  }

  private convenience init(_ path: String, _ flags: Int32) throws {
    let number = open(path, flags | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw FormatError.unwritable(path: path, reason: systemReason()) }
    self.init(number)
  }

  /// A pipe from a program: reading its first end does not wait.
  static func pipe(_ path: String) throws -> (reading: Descriptor, writing: Descriptor) {
    var ends: [Int32] = [-1, -1]
    let error = mtl_process_pipe(&ends)
    guard error == 0 else { throw FormatError.unwritable(path: path, reason: systemReason(error)) }
    return (Descriptor(ends[0]), Descriptor(ends[1]))
  }

  /// Bytes that could be read into a buffer at once: 0 at the end, -1 where there are none yet.
  func read(_ buffer: inout [UInt8]) -> Int {
    let count = Foundation.read(number, &buffer, buffer.count)
    return count >= 0 ? count : errno == EAGAIN || errno == EINTR ? -1 : 0
  }

  /// Writes all bytes to the file at `path`.
  ///
  /// - Throws: `FormatError.unwritable`.
  func write(_ bytes: some ContiguousBytes, _ path: String) throws {
    try bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw FormatError.unwritable(path: path, reason: systemReason()) }
        rest = rest.dropFirst(count)
      }
    }
  }
}
