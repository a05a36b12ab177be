import Foundation

/// Why a training stopped or could not begin.
public enum TrainingError: Error, Sendable, Equatable {
  /// There is nothing to train on.
  case noExamples
  /// An example has no label tokens: its name.
  case emptyAnswer(example: String)
  /// An answer alone is longer than the limit: its name, its tokens, the limit.
  case answerTooLong(example: String, tokens: Int, limit: Int)
  /// The settings cannot be used: what is wrong, a sentence each.
  case badSettings([String])
  /// The loss or the gradient is not a number: the step and the examples in its batch.
  case notFinite(step: Int, examples: [String])
  /// The run file was made with other settings or data: what differs.
  case cannotResume(String)
  /// The user asked to stop; the state is kept up to this step.
  case interrupted(step: Int)
}

extension TrainingError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .noExamples: "there are no examples to train on; check the data file or the tasks' train split"
    case .emptyAnswer(let example): "example \(example) has an empty answer; remove it or give it one"
    case .answerTooLong(let example, let tokens, let limit):
      "the answer of example \(example) has \(tokens) tokens, more than max-length \(limit) allows; raise --max-length"
    case .badSettings(let problems): problems.joined(separator: "; ")
    case .notFinite(let step, let examples):
      "the loss at step \(step) is not a number (examples \(examples.joined(separator: ", "))); the last good "
        + "checkpoint is kept: lower --learning-rate or look at these examples"
    case .cannotResume(let reason): "cannot resume: \(reason); train into another file or remove this one"
    case .interrupted(let step): "stopped after step \(step); run the same command with --resume to go on"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
