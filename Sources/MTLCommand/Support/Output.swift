import Crypto
import Foundation

/// Writes a line to standard output at once, so that a program reading it sees it.
func printLine(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

/// Writes a line to standard error.
func printNote(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// One line of JSON, keys sorted.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Indented JSON, keys sorted.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// A number of bytes as people say it.
func bytesText(_ count: Int) -> String {
  let units = ["bytes", "kB", "MB", "GB", "TB"]
  var value = Double(count)
  var unit = 0
  while value >= 1000, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  return unit == 0 ? "\(count) bytes" : String(format: "%.1f %@", value, units[unit])
}

/// Whether standard error is a terminal, where a progress line can be drawn over.
var errorIsTerminal: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }

/// SHA-256 of a file, in hexadecimal digits.
func fileDigest(_ path: String) throws -> String {
  let data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
  return SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
}

/// Times a piece of work for `--timing`.
struct Timing {
  private let start = Date()

  /// Prints the tokens and the seconds since this was made.
  func print(tokens: Int) throws {
    struct Report: Encodable {
      var tokens: Int
      var seconds: Double
    }
    printNote(try jsonLine(Report(tokens: tokens, seconds: Date().timeIntervalSince(start))))
  }
}
