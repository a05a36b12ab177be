/// What one run scored on one task, example by example.
public struct ExampleScores: Sendable {
  /// The examples, in the order of every other array.
  public var exampleIDs: [String]
  /// The source document of each example; examples of one cluster are resampled together.
  public var clusterIDs: [String]
  /// Negative log-likelihood of the answer, summed over its tokens, in nats.
  public var nll: [Double]
  /// Answer tokens; the loss of a task is sum(nll) / sum(tokens).
  public var tokens: [Int]
  /// For each metric, by name, the parts of each example.
  public var metricParts: [String: [[Double]]]

  /// Collects the scores; without clusters every example is its own.
  public init(
    exampleIDs: [String], clusterIDs: [String]? = nil, nll: [Double], tokens: [Int],
    metricParts: [String: [[Double]]] = [:]
  ) {
    self.exampleIDs = exampleIDs
    self.clusterIDs = clusterIDs ?? exampleIDs
    self.nll = nll
    self.tokens = tokens
    self.metricParts = metricParts
  }
}
