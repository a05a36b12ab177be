import Foundation

/// Scores or requests that affinity cannot be computed from.
public enum AffinityError: Error, Sendable, Equatable {
  /// Two tasks, units or definitions carry the same name.
  case duplicateName(kind: String, name: String)
  /// A task that the table does not declare.
  case unknownTask(String)
  /// A unit of a subset that is neither category nor task of the table.
  case unknownUnit(String, subset: Subset)
  /// A task is scored without a single example or answer token.
  case noExamples(task: String)
  /// Arrays of one cell differ in length or hold values that are no numbers.
  case malformedScores(task: String, subset: Subset, reason: String)
  /// A cell was scored on other examples than the cells before it.
  case unequalEvaluationSets(task: String, subset: Subset, reason: String)
  /// Runs of different estimands were given to one table.
  case mixedEstimands(Estimand, Estimand)
  /// The base was given a seed, or a trained subset was given none.
  case seedMismatch(subset: Subset, seed: Int?)
  /// The same cell twice.
  case duplicateCell(task: String, subset: Subset, seed: Int?)
  /// A metric that no task defines.
  case unknownMetric(String)
  /// A number outside its meaning: what, value, what is allowed.
  case outOfRange(what: String, value: String, allowed: String)
  /// A matrix that cannot be solved with: where, and why.
  case singular(what: String, reason: String)
  /// Shapes that do not fit: what, expected, found.
  case shapeMismatch(what: String, expected: Int, found: Int)
  /// Too little is there to answer: what is asked, what is missing.
  case insufficient(what: String, missing: String)
}

extension AffinityError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .duplicateName(let kind, let name): "the \(kind) '\(name)' is declared twice; give each its own name"
    case .unknownTask(let task): "the task '\(task)' is not declared in this table; declare it with its category"
    case .unknownUnit(let unit, let subset):
      "the subset \(subset) names '\(unit)', which is no unit of this table; check the spelling"
    case .noExamples(let task): "the task '\(task)' has no scored example or no answer token; evaluate it first"
    case .malformedScores(let task, let subset, let reason):
      "the scores of \(subset) on '\(task)' are malformed: \(reason); evaluate the run again"
    case .unequalEvaluationSets(let task, let subset, let reason):
      "\(subset) was not evaluated on '\(task)' with the same examples as the other runs: \(reason); "
        + "evaluate every run on one set"
    case .mixedEstimands(let a, let b):
      "runs of '\(a.title)' and '\(b.title)' answer different questions and cannot share a matrix; analyse them apart"
    case .seedMismatch(let subset, let seed):
      seed == nil
        ? "\(subset) needs the seed of its run; only the base has none"
        : "the base has no seed (\(seed.map(String.init) ?? "") given); insert it once without one"
    case .duplicateCell(let task, let subset, let seed):
      "\(subset) on '\(task)'\(seed.map { " with seed \($0)" } ?? "") is given twice; keep one evaluation of each run"
    case .unknownMetric(let name): "no task defines the metric '\(name)'; check the spelling or use the loss"
    case .outOfRange(let what, let value, let allowed): "\(what) is \(value) but must be \(allowed)"
    case .singular(let what, let reason): "\(what) cannot be solved: \(reason)"
    case .shapeMismatch(let what, let expected, let found): "\(what) has \(found) values where \(expected) are needed"
    case .insufficient(let what, let missing): "\(what) cannot be computed: \(missing)"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
