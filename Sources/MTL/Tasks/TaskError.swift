import Foundation

/// Why a task's data cannot be used.
public enum TaskError: Error, Sendable, Equatable {
  /// A row is not what its format says: file, line, what is wrong.
  case badRow(file: String, line: Int, reason: String)
  /// A template names a field that a row does not have.
  case missingField(file: String, line: Int, field: String, available: [String])
  /// The right answer is not among the choices.
  case targetNotAChoice(file: String, line: Int, target: String, choices: [String])
  /// A split without examples: the task and the file.
  case emptySplit(task: String, split: String, file: String)
  /// Two tasks of one name.
  case duplicateTask(name: String)
  /// Two examples of a split with one id.
  case duplicateExample(task: String, split: String, id: String)
  /// No task was found at a path.
  case noTasks(path: String)
  /// A manifest points outside the folders it may read.
  case outsideFolder(manifest: String, path: String)
  /// Generated answers need a chat template or other setting that is missing.
  case tooLong(task: String, example: String, tokens: Int, limit: Int)
}

extension TaskError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .badRow(let file, let line, let reason): "\(file):\(line): \(reason)"
    case .missingField(let file, let line, let field, let available):
      "\(file):\(line): there is no field `\(field)` for the template; "
        + (nearestWord(to: field, among: available).map { "did you mean `\($0)`? " } ?? "")
        + "the row has \(available.joined(separator: ", "))"
    case .targetNotAChoice(let file, let line, let target, let choices):
      "\(file):\(line): the answer `\(target)` is not among the choices \(choices.joined(separator: " | "))"
    case .emptySplit(let task, let split, let file):
      "task \(task) has no \(split) examples in \(file); give it at least one"
    case .duplicateTask(let name): "two tasks are called \(name); give one another name"
    case .duplicateExample(let task, let split, let id):
      "two \(split) examples of task \(task) have the id \(id); give another field for `id`, or `unique: <field>` to take "
        + "the first of them"
    case .noTasks(let path): "there is no task manifest at \(path); give a .yaml file or a folder of them"
    case .outsideFolder(let manifest, let path):
      "\(manifest) names \(path), outside its own folder and the data folder; copy the data or set MTL_DATA"
    case .tooLong(let task, let example, let tokens, let limit):
      "example \(example) of task \(task) has an answer of \(tokens) tokens, more than the limit of \(limit); raise "
        + "max-length"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
