import Foundation

/// The metrics by name.
public enum Metrics {
  private static let makers: [(names: [String], make: @Sendable ([String: String]) -> any Metric)] = [
    (["acc", "accuracy"], { _ in ChoiceAccuracy(normalisation: .none) }),
    (["acc_norm"], { _ in ChoiceAccuracy(normalisation: .bytes) }),
    (
      ["exact_match", "em"],
      { options in
        ExactMatch(
          ignoresCase: options["ignore_case"] == "true", ignoresPunctuation: options["ignore_punctuation"] == "true")
      }
    ),
    (["macro_f1"], { _ in MacroF1() }),
    (["set_f1"], { options in SetF1(separator: options["separator"] ?? ";") }),
    (["token_f1", "f1"], { _ in TokenF1() }),
    (["rouge1"], { _ in ROUGE(.ngrams(1)) }),
    (["rouge2"], { _ in ROUGE(.ngrams(2)) }),
    (["rougeL", "rouge_l"], { _ in ROUGE(.longestCommonSubsequence) }),
  ]

  /// Names that manifests may use.
  public static var names: [String] { makers.flatMap(\.names) }

  /// The metric called `name`, which lm-evaluation-harness may call otherwise.
  ///
  /// - Throws: ``MetricError/unknown(name:nearest:)``.
  public static func named(_ name: String, options: [String: String] = [:]) throws -> any Metric {
    guard let maker = makers.first(where: { $0.names.contains(name) }) else {
      throw MetricError.unknown(name: name, nearest: nearestWord(to: name, among: names), known: names)
    }
    return maker.make(options)
  }
}

/// Why there is no such metric.
public enum MetricError: Error, Sendable, Equatable {
  /// No metric has this name.
  case unknown(name: String, nearest: String?, known: [String])
}

extension MetricError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let nearest, let known):
      "there is no metric `\(name)`; "
        + (nearest.map { "did you mean `\($0)`?" } ?? "there are \(known.joined(separator: ", "))")
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
