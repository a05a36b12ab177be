import Foundation
import MTL

/// Why an export cannot be made.
public enum ExportError: Error, Sendable, Equatable {
  /// There is no rsvg-convert.
  case noConverter
  /// It failed: the file and what it said.
  case conversion(path: String, reason: String)
}

extension ExportError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .noConverter:
      "PDF figures need rsvg-convert, which is not in PATH; install librsvg2-bin, or write --format svg"
    case .conversion(let path, let reason): "rsvg-convert could not write \(path): \(reason)"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}

/// librsvg's program, which turns SVG into PDF.
package enum PDFConverter {
  /// Where the program is.
  ///
  /// - Throws: ``ExportError/noConverter``.
  package static func find(in path: String? = ProcessInfo.processInfo.environment["PATH"]) throws -> String {
    for folder in (path ?? "").split(separator: ":") {
      let file = folder + "/rsvg-convert"
      if FileManager.default.isExecutableFile(atPath: String(file)) { return String(file) }
    }
    throw ExportError.noConverter
  }

  /// Writes an SVG text as a PDF file of the same size.
  ///
  /// - Throws: ``ExportError``, `FormatError.unwritable`.
  static func write(_ svg: String, to path: String) throws {
    let program = try find()
    let source = path + ".svg.tmp"
    let target = path + ".tmp"
    defer { for file in [source, target] { unlink(file) } }
    try writeText(svg, to: source)
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = ["--format", "pdf", "--output", target, source]
    var environment = ProcessInfo.processInfo.environment
    // The date in the file is fixed, so that equal figures give equal bytes.
    environment["SOURCE_DATE_EPOCH"] = "0"
    process.environment = environment
    let errors = Pipe()
    process.standardError = errors
    do { try process.run() } catch {
      throw ExportError.conversion(path: path, reason: error.localizedDescription)
    }
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ExportError.conversion(
        path: path, reason: said.split(separator: "\n").first.map(String.init) ?? "it failed")
    }
    guard let data = FileManager.default.contents(atPath: target) else {
      throw ExportError.conversion(path: path, reason: "it wrote nothing")
    }
    try AtomicFile.write(to: path) { try $0.write(data) }
  }
}
