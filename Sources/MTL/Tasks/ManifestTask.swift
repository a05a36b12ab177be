import Crypto
import Foundation

/// A task that a YAML manifest describes (see docs/tasks.md).
public struct ManifestTask: StreamedTask {
  public let name: String
  public let category: String
  public let outputType: OutputType
  public let metrics: [any Metric]
  public let generation: TaskGeneration
  public let answerRule: AnswerRule
  /// The file that describes it.
  public let manifestPath: String

  package let manifestText: String
  let sources: [TaskSplit: RowSource]
  let template: ExampleTemplate
  let fewShot: FewShot
  let skipsBadRows: Bool

  public func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) throws -> [TaskExample] {
    var sample = ExampleSample<TaskExample>(limit: limit, seed: seed, name: name + "/" + split.rawValue)
    let shots = try shots()
    let source = try source(split)
    var count = 0
    try source.forEachItem { item in
      do {
        let item = try item.get()
        try sample.offer { try example(item, source, shots) }
        count += 1
      } catch let error as TaskError {
        if !skipsBadRows { throw error }
      }
      return true
    }
    if count == 0 { throw TaskError.emptySplit(task: name, split: split.rawValue, file: source.files[0]) }
    var ids: Set<String> = []
    for example in sample.items where !ids.insert(example.id).inserted {
      throw TaskError.duplicateExample(task: name, split: split.rawValue, id: example.id)
    }
    return sample.items
  }

  public func forEachExample(_ split: TaskSplit, _ body: (Result<TaskExample, TaskError>) throws -> Bool) throws {
    let shots = try shots()
    let source = try source(split)
    try source.forEachItem { item in
      try body(item.flatMap { item in Result { () throws(TaskError) in try example(item, source, shots) } })
    }
  }

  public func has(_ split: TaskSplit) -> Bool { sources[split] != nil }

  /// The files that a split is read from.
  public func files(_ split: TaskSplit) -> [String] { sources[split]?.files ?? [] }

  private func source(_ split: TaskSplit) throws(TaskError) -> RowSource {
    guard let source = sources[split] else {
      throw TaskError.emptySplit(task: name, split: split.rawValue, file: manifestPath)
    }
    return source
  }

  private func example(
    _ item: RowSource.Item, _ source: RowSource, _ shots: [TaskExample]
  ) throws(TaskError) -> TaskExample {
    let example = try template.example(item, isOneFile: source.files.count == 1)
    return fewShot.count == 0 && fewShot.fixed.isEmpty ? example : fewShot.shown(shots, before: example)
  }

  /// One more than are shown, since one of them may be the example itself.
  private func shots() throws -> [TaskExample] {
    guard fewShot.count > 0, fewShot.fixed.isEmpty else { return [] }
    let source = try source(.train)
    var shots: [TaskExample] = []
    try source.forEachItem { item in
      do { shots.append(try template.example(try item.get(), isOneFile: true)) } catch let error as TaskError {
        if !skipsBadRows { throw error }
      }
      return shots.count <= fewShot.count
    }
    return shots
  }

  public func digest() throws -> String {
    var hash = SHA256()
    hash.update(data: Data(manifestText.utf8))
    if skipsBadRows { hash.update(data: Data("skip-bad-rows\n".utf8)) }
    for split in TaskSplit.allCases {
      for path in try sources[split]?.allFiles ?? [] {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
          throw FormatError.unreadable(path: path, reason: "it is missing")
        }
        hash.update(data: Data("\(split.rawValue) \(data.count)\n".utf8))
        hash.update(data: data)
      }
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }
}
