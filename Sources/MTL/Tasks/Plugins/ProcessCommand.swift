import Foundation

/// A command that a manifest names.
public struct ProcessCommand: Sendable, Hashable, Codable {
  /// The program and its arguments; `{split}` stands for the split's name.
  public var arguments: [String]
  /// Where it runs: the manifest's folder.
  public var folder: String
  /// Seconds that it may take.
  public var timeLimit: Double
  /// Bytes that it may print.
  public var outputLimit: Int

  /// A command with the usual limits unless others are given.
  public init(_ arguments: [String], folder: String, timeLimit: Double = 300, outputLimit: Int = 8 << 30) {
    self.arguments = arguments
    self.folder = folder
    self.timeLimit = timeLimit
    self.outputLimit = outputLimit
  }

  /// Reads `command` and `time-limit` of the manifest at a path; mistakes are added to the section's.
  public init?(_ section: YAMLSection, manifest: String) {
    let limit = section.double("time-limit")
    if let limit, !(limit > 0) { section.mistake("time-limit", "must be a number of seconds above 0") }
    let words = section.strings("command")
    guard section.has("command") else {
      section.mistakes.add("`command` is missing: a list such as [python3, read.py, \"{split}\"]", line: section.line)
      return nil
    }
    guard let words else { return nil }
    guard let program = words.first, !program.isEmpty else {
      section.mistake("command", "names no program")
      return nil
    }
    self.init(words, folder: URL(filePath: manifest).deletingLastPathComponent().path, timeLimit: limit ?? 300)
  }

  /// The command with words for what stands in braces.
  public func filled(_ words: [String: String]) -> ProcessCommand {
    var result = self
    result.arguments = arguments.map { argument in
      words.reduce(argument) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
    return result
  }

  /// As messages show it.
  public var text: String { arguments.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ") }

  /// The files beside the manifest that the command names, which results depend on as on the manifest.
  var ownFiles: [String] {
    arguments.map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }
}
