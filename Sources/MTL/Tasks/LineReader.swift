import Foundation

/// The lines of a text file one after another, however large the file is.
struct LineReader: Sequence, IteratorProtocol {
  private let handle: FileHandle
  private let path: String
  private var buffer = Data()
  private var isAtEnd = false
  private(set) var line = 0

  /// - Throws: `FormatError.unreadable`.
  init(path: String) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw FormatError.unreadable(path: path, reason: systemReason(ENOENT))
    }
    self.handle = handle
    self.path = path
  }

  /// The next line's bytes, without its end.
  mutating func next() -> Data? {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        defer { buffer = buffer[(end + 1)...] }
        line += 1
        let content = buffer[buffer.startIndex..<end]
        return content.last == 0x0D ? Data(content.dropLast()) : Data(content)
      }
      if isAtEnd {
        if buffer.isEmpty { return nil }
        defer { buffer = Data() }
        line += 1
        return Data(buffer)
      }
      let more = handle.readData(ofLength: 1 << 18)
      if more.isEmpty { isAtEnd = true } else { buffer = Data(buffer) + more }
    }
  }
}
