import Foundation

/// Archives of regular files as POSIX's ustar has them; the same files make the same bytes.
///
/// Source: POSIX.1-1988 (IEEE Std 1003.1), ustar interchange format.
public enum TarArchive {
  /// What a file of an archive is made of.
  public enum Content: Sendable {
    /// Bytes.
    case data(Data)
    /// A file, copied as it is.
    case file(String)
  }

  private static let block = 512
  /// Most files of an archive that is read.
  private static let mostFiles = 1_000_000

  /// Writes an archive, in the order given; owners, times and modes are the same for all.
  ///
  /// - Throws: `FormatError.unwritable`, also for a name or a size that ustar has no room for; `FormatError.unreadable`.
  public static func write(_ files: [(name: String, content: Content)], to path: String) throws {
    try AtomicFile.write(to: path) { archive in
      for (name, content) in files {
        switch content {
        case .data(let data):
          try archive.write(try header(name, size: data.count, path: path))
          try archive.write(data)
          try archive.write(padding(data.count))
        case .file(let source):
          let file = try MappedFile(path: source)
          try archive.write(try header(name, size: file.byteCount, path: path))
          try archive.write(UnsafeBytes(buffer: try file.bytes(0..<file.byteCount)))
          try archive.write(padding(file.byteCount))
        }
      }
      try archive.write([UInt8](repeating: 0, count: 2 * block))
    }
  }

  private struct UnsafeBytes: ContiguousBytes {
    let buffer: UnsafeRawBufferPointer
    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try body(buffer) }
  }

  private static func padding(_ size: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: (block - size % block) % block)
  }

  private static func header(_ name: String, size: Int, path: String) throws -> [UInt8] {
    guard name.utf8.count <= 100, isSafe(name), size < 1 << 33 else {
      throw FormatError.unwritable(path: path, reason: "\(name) does not fit a ustar archive")
    }
    var bytes = [UInt8](repeating: 0, count: block)
    func put(_ text: String, _ place: Int) { bytes.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
    func octal(_ value: Int, _ digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, 0)
    put(octal(0o644, 7), 100)
    put(octal(0, 7), 108)
    put(octal(0, 7), 116)
    put(octal(size, 11), 124)
    put(octal(0, 11), 136)
    put("        ", 148)
    put("0", 156)
    put("ustar", 257)
    put("00", 263)
    put(octal(bytes.reduce(0) { $0 + Int($1) }, 6) + "\0 ", 148)
    return bytes
  }

  /// Whether a name stays inside the folder that it is unpacked to.
  static func isSafe(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return !parts.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
      && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
  }

  /// Unpacks an archive into a folder, which is made and must not be there; returns the names of its files.
  ///
  /// - Throws: `FormatError.damaged` for anything but regular files of different names inside the folder;
  ///   `FormatError.unreadable`, `.unwritable`.
  public static func extract(_ path: String, to folder: String) throws -> [String] {
    func damaged(_ reason: String) -> FormatError { .damaged(path: path, reason: reason) }
    let file = try MappedFile(path: path)
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) } catch {
      throw FormatError.unwritable(path: folder, reason: "it cannot be made, or is there already")
    }
    var names: [String] = []
    var seen: Set<String> = []
    var offset = 0
    while true {
      guard file.byteCount - offset >= block else { throw damaged("it ends without an end") }
      let head = Array(try file.bytes(offset..<offset + block))
      if head.allSatisfy({ $0 == 0 }) { return names }
      let entry: Entry
      do { entry = try Entry(head) } catch let mistake as Mistake { throw damaged("byte \(offset): \(mistake.reason)") }
      offset += block
      guard entry.size <= file.byteCount - offset else { throw damaged("\(entry.name) lies past the end") }
      guard seen.insert(entry.name).inserted, names.count < mostFiles else {
        throw damaged("it has \(entry.name) twice, or too many files")
      }
      names.append(entry.name)
      let target = folder + "/" + entry.name
      let parent = URL(filePath: target).deletingLastPathComponent().path
      do { try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true) } catch {
        throw damaged("\(entry.name) is in a folder that is a file")
      }
      let bytes = try file.bytes(offset..<offset + entry.size)
      try AtomicFile.write(to: target) { try $0.write(UnsafeBytes(buffer: bytes)) }
      // What is padded past the end of the file is found out by the next look.
      offset += (entry.size + block - 1) / block * block
    }
  }

  private struct Mistake: Error {
    var reason: String
  }

  /// A checked header.
  private struct Entry {
    var name: String
    var size: Int

    init(_ bytes: [UInt8]) throws {
      func field(_ range: Range<Int>) throws -> String {
        guard let text = String(validating: bytes[range].prefix { $0 != 0 }, as: UTF8.self) else {
          throw Mistake(reason: "a name is not UTF-8")
        }
        return text
      }
      func octal(_ range: Range<Int>) throws -> Int {
        let text = try field(range).trimmingCharacters(in: .whitespaces)
        guard let value = Int(text, radix: 8), value >= 0, !text.hasPrefix("+") else {
          throw Mistake(reason: "a number is not octal")
        }
        return value
      }
      guard try field(257..<263).hasPrefix("ustar") else { throw Mistake(reason: "it is not a ustar archive") }
      let sum = bytes.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 0x20 : Int($1.element)) }
      guard try octal(148..<156) == sum else { throw Mistake(reason: "a header's checksum is wrong") }
      let (short, prefix) = (try field(0..<100), try field(345..<500))
      name = prefix.isEmpty ? short : prefix + "/" + short
      guard TarArchive.isSafe(name) else { throw Mistake(reason: "a name leads outside of the archive") }
      guard bytes[156] == UInt8(ascii: "0") || bytes[156] == 0 else {
        throw Mistake(reason: "\(name) is not a regular file")
      }
      size = try octal(124..<136)
    }
  }
}

extension AdapterTensor {
  /// SHA-256 over the factors' names, shapes and bytes: equal only for adapters that are equal bit for bit.
  public static func sha256(of tensors: [AdapterTensor]) -> String {
    var data = Data()
    for tensor in tensors.sorted(by: { ($0.layer, $0.module) < ($1.layer, $1.module) }) {
      for (name, factor) in [("A", tensor.a), ("B", tensor.b)] {
        data.append(Data("\(tensor.layer) \(tensor.module) \(name) \(factor.rows) \(factor.columns)\n".utf8))
        factor.values.withUnsafeBytes { data.append(contentsOf: $0) }
      }
    }
    return RunIdentity.digest(of: data)
  }
}
