/// How a task's metric is made of per-example parts, so that any resample of examples can be scored again.
///
/// A metric is `score(sum over examples of parts, number of examples)`: accuracy sums one part and divides by the
/// count; micro-averaged F1 sums true positives, false positives and false negatives.
public struct MetricDefinition: Sendable {
  /// The metric's name, as in a manifest.
  public let name: String
  /// Whether a greater score is the better one.
  public let higherIsBetter: Bool
  /// The number of parts every example has.
  public let parts: Int
  /// The score of summed parts over a number of examples (repeats counted).
  public let score: @Sendable (_ summedParts: [Double], _ count: Int) -> Double

  /// Declares a metric with its number of parts and its score.
  public init(
    name: String, higherIsBetter: Bool = true, parts: Int,
    score: @escaping @Sendable (_ summedParts: [Double], _ count: Int) -> Double
  ) {
    self.name = name
    self.higherIsBetter = higherIsBetter
    self.parts = parts
    self.score = score
  }

  /// The mean over examples of one value each, as accuracy and macro-averaged scores are.
  public static func mean(_ name: String, higherIsBetter: Bool = true) -> MetricDefinition {
    MetricDefinition(name: name, higherIsBetter: higherIsBetter, parts: 1) { sums, count in sums[0] / Double(count) }
  }
}
