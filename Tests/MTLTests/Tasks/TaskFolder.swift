import Foundation
import MTL

/// A temporary folder with a manifest and its data, removed with the value.
final class TaskFolder {
  let path: String

  init(_ files: [String: String] = [:]) throws {
    path = FileManager.default.temporaryDirectory.path + "/tasks-" + UUID().uuidString
    for (name, text) in files { try write(name, Data(text.utf8)) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ data: Data) throws {
    let url = URL(filePath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  /// A task whose manifest is `source: <source>` and templates that show input and output.
  func task(_ source: String, _ more: String = "", settings: ManifestSettings = .init()) throws -> ManifestTask {
    let manifest = """
      task: sample
      category: QA
      source: \(source)
      doc_to_text: "{{input}}"
      doc_to_target: output
      metric_list: [{metric: exact_match}]
      \(more)
      """
    try write("task.yaml", Data(manifest.utf8))
    return try ManifestTask(manifest: path + "/task.yaml", settings: settings)
  }

  func manifest(_ text: String, settings: ManifestSettings = .init()) throws -> ManifestTask {
    try write("task.yaml", Data(text.utf8))
    return try ManifestTask(manifest: path + "/task.yaml", settings: settings)
  }
}

extension InstructionTask {
  /// Every test example as `prompt>target`.
  func testPairs() throws -> [String] {
    try examples(.test, limit: nil, seed: 1).map { $0.prompt + ">" + $0.target }
  }
}

/// The mistakes that reading a manifest ends with.
func mistakes(_ body: () throws -> Void) -> [ConfigurationMistake] {
  do { try body() } catch let error as ConfigurationError { return error.mistakes } catch {}
  return []
}
