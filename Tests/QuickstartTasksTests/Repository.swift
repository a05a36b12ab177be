import Foundation
import QuickstartData

/// The committed files that the tests compare with.
enum Repository {
  static let tasks = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("tasks/quickstart")

  static func text(_ name: String) throws -> String {
    try String(contentsOf: tasks.appendingPathComponent(name), encoding: .utf8)
  }

  static func knowledge(_ side: Side) throws -> Knowledge {
    try Knowledge(directory: tasks.appendingPathComponent("knowledge").path, side: side)
  }

  static func examples(_ task: QuickstartTask, _ side: Side) throws -> [Example] {
    let decoder = JSONDecoder()
    return try text(task.fileName(side)).split(separator: "\n").map {
      try decoder.decode(Example.self, from: Data($0.utf8))
    }
  }

  static func all(_ side: Side) throws -> [(task: QuickstartTask, example: Example)] {
    try QuickstartTask.all.flatMap { task in try examples(task, side).map { (task, $0) } }
  }
}

/// Whether a text has a name in it as a word of its own.
func contains(_ text: String, name: String) -> Bool {
  var rest = text.lowercased()[...]
  let name = name.lowercased()
  while let range = rest.range(of: name) {
    let before = range.lowerBound == rest.startIndex ? nil : rest[rest.index(before: range.lowerBound)]
    let after = range.upperBound == rest.endIndex ? nil : rest[range.upperBound]
    if !(before?.isLetter ?? false), !(after?.isLetter ?? false) { return true }
    // Steps past the first letter only, so that the letter before the next match is still in view.
    rest = rest[range.lowerBound...].dropFirst()
  }
  return false
}
