import Crypto
import Foundation

/// A task without some of its training examples.
public struct ExcludingTask: InstructionTask {
  /// The whole task.
  public let base: any InstructionTask
  /// Ids of the training examples that are left out.
  public let excluded: Set<String>

  /// Leaves out the training examples that overlap with a test example of any task.
  public init(_ base: any InstructionTask, excluding overlap: TrainTestOverlap) {
    self.base = base
    excluded = overlap.trainIDs(of: base.name)
  }

  public var name: String { base.name }
  public var category: String { base.category }
  public var outputType: OutputType { base.outputType }
  public var metrics: [any Metric] { base.metrics }
  public var generation: TaskGeneration { base.generation }
  public var answerRule: AnswerRule { base.answerRule }

  public func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) throws -> [TaskExample] {
    guard split == .train, !excluded.isEmpty else { return try base.examples(split, limit: limit, seed: seed) }
    // Samples are nested, so a larger one holds enough examples that stay.
    let all = try base.examples(split, limit: limit.map { $0 + excluded.count }, seed: seed)
    let kept = all.filter { !excluded.contains($0.id) }
    if kept.isEmpty { throw TaskError.emptySplit(task: name, split: split.rawValue, file: "what overlap leaves") }
    return limit.map { Array(kept.prefix($0)) } ?? kept
  }

  public func digest() throws -> String {
    if excluded.isEmpty { return try base.digest() }
    let text = ([try base.digest()] + excluded.sorted()).joined(separator: "\n")
    return SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
  }
}
