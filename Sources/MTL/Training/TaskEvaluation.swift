/// How a run did on one task, example by example.
public struct TaskEvaluation: Sendable, Equatable {
  /// The task's name.
  public var task: String
  /// The group of tasks it belongs to.
  public var category: String
  /// Names of the examples; all arrays below that are not empty are in this order.
  public var exampleIDs: [String]
  /// The unit of resampling each example belongs to.
  public var clusters: [String]
  /// Negative log-likelihood (nats), summed over the answer's tokens.
  public var nll: [Double]
  /// Tokens of the answer.
  public var tokens: [Int]
  /// What was generated; empty where only likelihoods were computed. In a file U+2400 stands for U+0000.
  public var predictions: [String]
  /// What was expected, likewise.
  public var references: [String]
  /// Scores, a metric each.
  public var metrics: [MetricScores]
  /// Predictions that the task's answer rule could not read.
  public var unparsed: Int

  /// An evaluation of these parts.
  public init(
    task: String, category: String, exampleIDs: [String], clusters: [String], nll: [Double], tokens: [Int],
    predictions: [String] = [], references: [String] = [], metrics: [MetricScores] = [], unparsed: Int = 0
  ) {
    self.task = task
    self.category = category
    self.exampleIDs = exampleIDs
    self.clusters = clusters
    self.nll = nll
    self.tokens = tokens
    self.predictions = predictions
    self.references = references
    self.metrics = metrics
    self.unparsed = unparsed
  }
}

/// One metric on one task.
public struct MetricScores: Sendable, Equatable {
  /// The metric's name.
  public var name: String
  /// Whether more is better.
  public var higherIsBetter: Bool
  /// What each example adds, from which the score of any resample can be computed (for F1: hits, predicted, expected).
  public var parts: [[Double]]
  /// The score over all examples.
  public var score: Double
  /// What the score is computed by when only the parts are left: see ``Metric/aggregation``.
  public var aggregation: String
  /// Scores of classes, types or arguments over all examples.
  public var details: [MetricDetail]

  /// Scores of these parts; they are scored by the metric's name unless something else is given.
  public init(
    name: String, higherIsBetter: Bool, parts: [[Double]], score: Double, aggregation: String? = nil,
    details: [MetricDetail] = []
  ) {
    self.name = name
    self.higherIsBetter = higherIsBetter
    self.parts = parts
    self.score = score
    self.aggregation = aggregation ?? name
    self.details = details
  }
}

/// A metric's score of one class, type or argument.
public struct MetricDetail: Sendable, Hashable, Codable {
  /// The class's, type's or argument's name.
  public var name: String
  /// Its score over all examples.
  public var score: Double

  /// A score with its name.
  public init(name: String, score: Double) {
    self.name = name
    self.score = score
  }
}

extension TaskEvaluation {
  /// Mean negative log-likelihood (nats) of an answer token: the sum over all tokens divided by their number.
  public var loss: Double { nll.reduce(0, +) / Double(max(1, tokens.reduce(0, +))) }

  /// The share of examples whose answer the task's rule could not read.
  public var unparsedShare: Double { Double(unparsed) / Double(max(1, exampleIDs.count)) }
}
