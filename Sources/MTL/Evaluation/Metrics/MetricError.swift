import Foundation

/// Why there is no such metric.
public enum MetricError: Error, Sendable, Equatable {
  /// No metric has this name.
  case unknown(name: String, nearest: String?, known: [String])
  /// A metric does not know an option.
  case unknownOption(metric: String, option: String, nearest: String?, known: [String])
  /// An option has a value it cannot have.
  case badOption(metric: String, option: String, value: String, wanted: String)
  /// A metric cannot do without an option.
  case missingOption(metric: String, option: String, example: String)
}

extension MetricError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let nearest, let known):
      "there is no metric `\(name)`; "
        + (nearest.map { "did you mean `\($0)`?" } ?? "there are \(known.joined(separator: ", "))")
    case .unknownOption(let metric, let option, let nearest, let known):
      "the metric `\(metric)` has no option `\(option)`; "
        + (nearest.map { "did you mean `\($0)`?" }
          ?? (known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))"))
    case .badOption(let metric, let option, let value, let wanted):
      "the option `\(option)` of the metric `\(metric)` must be \(wanted), not `\(value)`"
    case .missingOption(let metric, let option, let example):
      "the metric `\(metric)` needs the option `\(option)`, such as \(option): \(example)"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
