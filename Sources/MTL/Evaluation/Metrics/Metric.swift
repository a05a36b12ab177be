/// What a model did with one example.
public struct ExampleOutcome: Sendable {
  /// The generated answer; nil where none was generated.
  public var prediction: String?
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
    prediction: String? = nil, choiceLikelihoods: [Likelihood] = [], goldChoice: Int? = nil, choices: [String] = [],
    references: [String] = []
  ) {
    self.prediction = prediction
    self.choiceLikelihoods = choiceLikelihoods
    self.goldChoice = goldChoice
    self.choices = choices
    self.references = references
  }
}

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
