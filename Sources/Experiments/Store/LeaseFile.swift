import Foundation
import MTL

/// The file of a lease: a line of JSON that says whose it is, and a line of fixed length that changes with every heartbeat.
///
/// It is changed in place, so that a heartbeat needs no room on a full disk, and cannot bring back a file that another
/// process has removed on taking over.
struct LeaseFile {
  var holder: LeaseHolder
  var beat: UInt64 = 0
  /// How far the run is, 0 to 1.
  var progress = 0.0
  var isReleased = false

  private var head: String {
    get throws { try RunIdentity.canonicalJSON(holder) + "\n" }
  }

  private var tail: String {
    let number = String(beat)
    let share = String(Int((min(1, max(0, progress)) * 1e6).rounded()))
    return String(repeating: "0", count: max(0, 20 - number.count)) + number + " "
      + String(repeating: "0", count: max(0, 7 - share.count)) + share + (isReleased ? " released\n" : " held    \n")
  }

  /// Makes the file at `path` with its whole content, unless there is one: exactly one of several processes succeeds.
  ///
  /// - Throws: `FormatError.unwritable`.
  func create(at path: String) throws -> Bool {
    let temporary = "\(path).\(holder.token)"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0, errno == ENOENT { return false }
    guard descriptor >= 0 else { throw FormatError.unwritable(path: path, reason: String(cString: strerror(errno))) }
    defer { unlink(temporary) }
    let bytes = Array(try (head + tail).utf8)
    let written = write(descriptor, bytes, bytes.count)
    close(descriptor)
    guard written == bytes.count else { throw FormatError.unwritable(path: path, reason: "the disk is full") }
    if link(temporary, path) == 0 { return true }
    // On a network file system the answer may be lost though the link was made.
    var status = stat()
    return stat(temporary, &status) == 0 && status.st_nlink == 2
  }

  /// Writes the changing line. False where the file is not there any more: another process has taken over.
  func update(at path: String) throws -> Bool {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT || errno == ESTALE { return false }
    guard descriptor >= 0 else { throw FormatError.unwritable(path: path, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    let (head, bytes) = (try head.utf8.count, Array(tail.utf8))
    guard pwrite(descriptor, bytes, bytes.count, off_t(head)) == bytes.count else {
      throw FormatError.unwritable(path: path, reason: String(cString: strerror(errno)))
    }
    return true
  }

  /// The file at `path` and its bytes; nil where there is none, and a nil lease where it is not readable as one.
  static func read(_ path: String) -> (bytes: Data, lease: LeaseFile?)? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let bytes = try? file.read(upToCount: 4096) else { return (Data(), nil) }
    let lines = bytes.split(separator: 0x0A)
    guard lines.count == 2, let holder = try? JSONDecoder().decode(LeaseHolder.self, from: lines[0]) else {
      return (bytes, nil)
    }
    let fields = String(decoding: lines[1], as: UTF8.self).split(separator: " ")
    guard fields.count == 3, let beat = UInt64(fields[0]), let share = Double(fields[1]) else { return (bytes, nil) }
    return (
      bytes, LeaseFile(holder: holder, beat: beat, progress: share / 1e6, isReleased: fields[2] == "released")
    )
  }
}
