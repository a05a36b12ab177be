/// One example of a task, rendered.
public struct TaskExample: Sendable, Hashable, Codable {
  /// Unique within the task.
  public var id: String
  /// The user's message, before the chat template.
  public var prompt: String
  /// The answer that is trained on and whose likelihood is measured.
  public var target: String
  /// Every acceptable answer, the target first.
  public var references: [String]
  /// The answers to choose among; empty unless the task is multiple choice.
  public var choices: [String]
  /// What is resampled together: a source document; the id where the task names none.
  public var cluster: String

  /// An example; references default to the target, the cluster to the id.
  public init(
    id: String, prompt: String, target: String, references: [String]? = nil, choices: [String] = [],
    cluster: String? = nil
  ) {
    self.id = id
    self.prompt = prompt
    self.target = target
    self.references = references ?? [target]
    self.choices = choices
    self.cluster = cluster ?? id
  }
}

/// A half of a task's data.
public enum TaskSplit: String, Sendable, CaseIterable, Codable {
  /// For training.
  case train
  /// For evaluation; never trained on.
  case test
}

/// How a task is answered.
public enum OutputType: String, Sendable, CaseIterable, Codable {
  /// By the likeliest of the choices.
  case multipleChoice = "multiple_choice"
  /// By generated text.
  case generateUntil = "generate_until"
  /// Not at all: only the target's likelihood is measured.
  case loglikelihood
}

/// Where generated answers end.
public struct TaskGeneration: Sendable, Hashable, Codable {
  /// Most tokens of an answer.
  public var maxNewTokens: Int
  /// Texts that end an answer and do not belong to it.
  public var until: [String]

  /// Settings for short answers unless others are given.
  public init(maxNewTokens: Int = 64, until: [String] = []) {
    self.maxNewTokens = maxNewTokens
    self.until = until
  }
}

/// A dataset with its template, split and metrics; belongs to one category.
///
/// Conform a type to add a task in Swift; a YAML manifest does without (see ``ManifestTask``).
public protocol InstructionTask: Sendable {
  /// Unique in a sweep.
  var name: String { get }
  /// The kind of instruction.
  var category: String { get }
  /// How it is answered.
  var outputType: OutputType { get }
  /// How answers are judged.
  var metrics: [any Metric] { get }
  /// Where generated answers end.
  var generation: TaskGeneration { get }
  /// How the answer is found in what was generated; all of it unless the task says otherwise.
  var answerRule: AnswerRule { get }

  /// Examples of a split: all in the data's order, or a sample of `limit`.
  ///
  /// A sample depends on the seed and the task's name alone, and a smaller one is the beginning of a larger one.
  ///
  /// - Throws: ``TaskError`` for data that cannot be read.
  func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) throws -> [TaskExample]

  /// SHA-256 over everything that the examples and their scores depend on.
  ///
  /// - Throws: ``TaskError`` for data that cannot be read.
  func digest() throws -> String
}

extension InstructionTask {
  public var answerRule: AnswerRule { AnswerRule() }
}
