import Foundation

/// What a model did with one example.
public struct ExampleOutcome: Sendable {
  /// The generated answer, as the task's rule read it; nil where none was generated or none could be read.
  public var prediction: String?
  /// Whether an answer was generated that the task's rule could not read.
  public var isUnparsed: Bool
  /// The likelihood of each choice, in the order of `choices`.
  public var choiceLikelihoods: [Likelihood]
  /// The right one among the choices.
  public var goldChoice: Int?
  /// The choices' texts.
  public var choices: [String]
  /// Every acceptable answer.
  public var references: [String]

  /// An outcome.
  public init(
    prediction: String? = nil, isUnparsed: Bool = false, choiceLikelihoods: [Likelihood] = [], goldChoice: Int? = nil,
    choices: [String] = [], references: [String] = []
  ) {
    self.prediction = prediction
    self.isUnparsed = isUnparsed
    self.choiceLikelihoods = choiceLikelihoods
    self.goldChoice = goldChoice
    self.choices = choices
    self.references = references
  }
}

extension ExampleOutcome {
  /// The likeliest of the choices, the first of several equally likely ones; nil where none was scored.
  var likeliestChoice: Int? {
    choiceLikelihoods.indices.min { choiceLikelihoods[$0].nll < choiceLikelihoods[$1].nll }
  }

  /// What was answered among `labels`, without case and white space at the ends: the likeliest choice, or the text.
  func answeredLabel(among labels: [String]) -> Int? {
    if let choice = likeliestChoice, choices.indices.contains(choice) {
      return labels.firstIndex(of: choices[choice])
    }
    guard let text = prediction.map(foldedLabel) else { return nil }
    return labels.firstIndex { foldedLabel($0) == text }
  }

  /// The right one among `labels`.
  func goldLabel(among labels: [String]) -> Int? {
    if let goldChoice, choices.indices.contains(goldChoice) { return labels.firstIndex(of: choices[goldChoice]) }
    guard let text = references.first.map(foldedLabel) else { return nil }
    return labels.firstIndex { foldedLabel($0) == text }
  }
}

/// A label as it is compared: lower case, without white space at the ends.
func foldedLabel(_ text: String) -> String { text.lowercased().trimmingCharacters(in: .whitespacesAndNewlines) }

/// Judges answers.
///
/// The score of a set of examples is a function of the sum of their parts. So a bootstrap sums the parts of the
/// resampled examples again, and corpus scores (micro F1, BLEU) are as easy as means.
public protocol Metric: Sendable {
  /// What manifests and tables call it.
  var name: String { get }
  /// Whether larger scores are better.
  var higherIsBetter: Bool { get }
  /// An example's parts: as many for every example, never none.
  func parts(_ outcome: ExampleOutcome) -> [Double]
  /// The score of `count` examples whose parts sum to `summedParts`.
  func score(_ summedParts: [Double], count: Int) -> Double
  /// What ``Metrics/scoring(_:)`` finds the same score by when only the parts are left; the name, unless the metric is
  /// a plugin's.
  var aggregation: String { get }
}

extension Metric {
  public var aggregation: String { name }
}

/// A metric that also has a score for each class, type or argument.
public protocol DetailedMetric: Metric {
  /// The details' names and scores, of parts that were summed as for ``Metric/score(_:count:)``.
  func details(_ summedParts: [Double]) -> [MetricDetail]
}

/// A metric that is the mean of a number for each example.
protocol MeanMetric: Metric {
  func value(_ outcome: ExampleOutcome) -> Double
}

extension MeanMetric {
  public var higherIsBetter: Bool { true }
  public func parts(_ outcome: ExampleOutcome) -> [Double] { [value(outcome)] }
  public func score(_ summedParts: [Double], count: Int) -> Double { summedParts[0] / Double(max(1, count)) }
}
