import CPlugin
import Crypto
import Foundation

/// A task of a shared library.
public struct SharedLibraryTask: InstructionTask {
  public let name: String
  public let category: String
  public let outputType: OutputType
  public let metrics: [any Metric]
  public let generation: TaskGeneration
  /// The library.
  public let library: SharedLibrary
  private let number: Int

  init(_ library: SharedLibrary, number: Int) throws {
    func damaged(_ reason: String) -> PluginError {
      .libraryDamaged(path: library.path, reason: "task \(number + 1): \(reason)")
    }
    self.library = library
    self.number = number
    let record = try library.call(number) { $0.pointee }
    name = try library.text(record.name, "the name of task \(number + 1)")
    category = try library.text(record.category, "the category of task \(number + 1)")
    if name.isEmpty || category.isEmpty { throw damaged("its name or category is empty") }
    let type = try library.text(record.output_type, "the output_type of task \(number + 1)")
    guard let known = OutputType(rawValue: type) else { throw damaged("the output_type `\(type)` is unknown") }
    outputType = known
    guard record.max_new_tokens >= 0 else { throw damaged("max_new_tokens is below 0") }
    generation =
      record.max_new_tokens == 0 ? TaskGeneration() : TaskGeneration(maxNewTokens: Int(record.max_new_tokens))
    if record.open_split == nil || record.next_example == nil || record.close_split == nil {
      throw damaged("open_split, next_example or close_split is NULL")
    }
    metrics = record.metric_name == nil ? [] : [try SharedLibraryMetric(library, number: number, record)]
  }

  public func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) throws -> [TaskExample] {
    var sample = ExampleSample<TaskExample>(limit: limit, seed: seed, name: name + "/" + split.rawValue)
    var count = 0
    let isThere = try forEachLine(split) { text in
      count += 1
      try sample.offer {
        do throws(ExampleLine.Mistake) {
          return try ExampleLine.example(text, number: count, outputType: outputType)
        } catch {
          throw PluginError.libraryExample(
            path: library.path, task: name, split: split.rawValue, number: count, reason: error.reason)
        }
      }
    }
    guard isThere, count > 0 else {
      throw TaskError.emptySplit(task: name, split: split.rawValue, file: library.path)
    }
    return sample.items
  }

  public func digest() throws -> String {
    guard let file = try? Data(contentsOf: URL(filePath: library.path), options: .mappedIfSafe) else {
      throw FormatError.unreadable(path: library.path, reason: "it is missing")
    }
    var hash = SHA256()
    hash.update(data: file)
    hash.update(data: Data("\n\(name)\n".utf8))
    // The library may read files of its own.
    for split in TaskSplit.allCases {
      hash.update(data: Data("\(split.rawValue)\n".utf8))
      _ = try forEachLine(split) { hash.update(data: Data("\($0)\n".utf8)) }
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  /// Visits the examples' texts; false where there is no such split.
  private func forEachLine(_ split: TaskSplit, _ body: (String) throws -> Void) throws -> Bool {
    try library.call(number) { task in
      let record = task.pointee
      guard let open = record.open_split, let next = record.next_example, let close = record.close_split else {
        return false
      }
      guard let examples = split.rawValue.withCString({ open(task, $0) }) else { return false }
      defer { close(examples) }
      var count = 0
      while let line = next(examples) {
        count += 1
        guard let text = String(validatingCString: line) else {
          throw PluginError.libraryExample(
            path: library.path, task: name, split: split.rawValue, number: count, reason: "it is not UTF-8 text")
        }
        try body(text)
      }
      if let reason = record.read_error?(examples) {
        throw PluginError.libraryFailed(path: library.path, task: name, reason: String(cString: reason))
      }
      return true
    }
  }
}

/// A metric of a shared library's task.
struct SharedLibraryMetric: BatchMetric {
  let name: String
  let higherIsBetter = true
  private let library: SharedLibrary
  private let number: Int
  private let partCount: Int
  private let reduction: PartsScore
  var aggregation: String { reduction.aggregation }
  private static let mostParts = 64

  init(_ library: SharedLibrary, number: Int, _ record: mtl_task) throws {
    func damaged(_ reason: String) -> PluginError {
      .libraryDamaged(path: library.path, reason: "the metric of task \(number + 1): \(reason)")
    }
    self.library = library
    self.number = number
    name = try library.text(record.metric_name, "metric_name")
    partCount = Int(record.metric_part_count)
    let word = try library.text(record.metric_score, "metric_score")
    guard let reduction = PartsScore(rawValue: word) else { throw damaged("metric_score `\(word)` is unknown") }
    self.reduction = reduction
    guard partCount >= reduction.partCount, partCount <= Self.mostParts else {
      throw damaged(
        "metric_part_count is \(partCount), and \(word) needs \(reduction.partCount) to \(Self.mostParts)")
    }
    if record.metric_parts == nil { throw damaged("metric_parts is NULL") }
  }

  func batchParts(_ outcomes: [ExampleOutcome]) throws -> [[Double]] {
    try outcomes.map { outcome in
      let json = String(decoding: try OutcomeLine.json(outcome), as: UTF8.self)
      return try library.call(number) { task in
        var parts = Array(repeating: Double.nan, count: partCount)
        let status = task.pointee.metric_parts.map { judge in json.withCString { judge(task, $0, &parts) } } ?? -1
        guard status == 0 else {
          throw PluginError.libraryFailed(
            path: library.path, task: name, reason: "the metric gave \(status) for \(json.prefix(100))")
        }
        guard parts.allSatisfy(\.isFinite) else {
          throw PluginError.libraryFailed(
            path: library.path, task: name, reason: "the metric's parts are not all numbers for \(json.prefix(100))")
        }
        return parts
      }
    }
  }

  func score(_ summedParts: [Double], count: Int) -> Double { reduction.score(summedParts, count: count) }
}
