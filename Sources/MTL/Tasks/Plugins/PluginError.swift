import Foundation

/// Why a plugin cannot be used.
public enum PluginError: Error, Sendable, Equatable {
  /// A manifest wants to run a command and may not.
  case processNotAllowed(command: String)
  /// A command cannot be started.
  case processNotStarted(command: String, reason: String)
  /// A command ran longer than it may; what it last wrote to standard error.
  case processTimedOut(command: String, seconds: Double, standardError: String)
  /// A command ended with a failure.
  case processFailed(command: String, status: String, standardError: String)
  /// A command printed more than it may.
  case processOutputTooLarge(command: String, bytes: Int)
  /// A line that a command printed is not what was asked for.
  case processLine(command: String, line: Int, reason: String)
  /// A metric printed more or fewer lines than it was given.
  case processLineCount(command: String, lines: Int, expected: Int)
  /// The shared library cannot be loaded.
  case libraryNotLoaded(path: String, reason: String)
  /// The shared library is for another version of the program.
  case libraryVersion(path: String, found: UInt32, supported: UInt32)
  /// The shared library breaks the rules of its interface.
  case libraryDamaged(path: String, reason: String)
  /// The shared library says that it cannot read its data.
  case libraryFailed(path: String, task: String, reason: String)
  /// An example of a shared library is not what was asked for.
  case libraryExample(path: String, task: String, split: String, number: Int, reason: String)
}

extension PluginError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .processNotAllowed(let command):
      "the manifest wants to run `\(command)`; read it, and give --allow-process if you trust it"
    case .processNotStarted(let command, let reason): "`\(command)` cannot be started: \(reason)"
    case .processTimedOut(let command, let seconds, let said):
      "`\(command)` was stopped after \(seconds.formatted()) s; raise `time-limit`, or make it faster\(Self.quoted(said))"
    case .processFailed(let command, let status, let said): "`\(command)` failed with \(status)\(Self.quoted(said))"
    case .processOutputTooLarge(let command, let bytes):
      "`\(command)` was stopped after printing \(bytes) bytes; print less, or write a file and name it as the source"
    case .processLine(let command, let line, let reason): "line \(line) of what `\(command)` printed: \(reason)"
    case .processLineCount(let command, let lines, let expected):
      "`\(command)` printed \(lines) lines for \(expected) answers; print one for each, in their order"
    case .libraryNotLoaded(let path, let reason): "cannot load the plugin \(path): \(reason)"
    case .libraryVersion(let path, let found, let supported):
      "the plugin \(path) is for version \(found) of the plugin interface, and this program has \(supported); "
        + "compile it again with this program's mtl_plugin.h"
    case .libraryDamaged(let path, let reason): "the plugin \(path) breaks the rules of mtl_plugin.h: \(reason)"
    case .libraryFailed(let path, let task, let reason): "task \(task) of the plugin \(path) failed: \(reason)"
    case .libraryExample(let path, let task, let split, let number, let reason):
      "\(split) example \(number) of task \(task) of the plugin \(path): \(reason)"
    }
  }

  private static func quoted(_ standardError: String) -> String {
    standardError.isEmpty ? "" : "; it wrote:\n\(standardError)"
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
