/// A metric that judges many answers at once, and may fail: what plugins provide.
public protocol BatchMetric: Metric {
  /// The parts of every example, in their order.
  ///
  /// - Throws: ``PluginError``.
  func batchParts(_ outcomes: [ExampleOutcome]) throws -> [[Double]]
}

extension BatchMetric {
  /// Not a number where the plugin fails: use ``Metric/parts(of:)`` for the error.
  public func parts(_ outcome: ExampleOutcome) -> [Double] { (try? batchParts([outcome]).first) ?? [.nan] }
}

extension Metric {
  /// The parts of every example, in their order.
  ///
  /// - Throws: ``PluginError`` where the metric is a plugin's.
  public func parts(of outcomes: [ExampleOutcome]) throws -> [[Double]] {
    if let metric = self as? any BatchMetric { return outcomes.isEmpty ? [] : try metric.batchParts(outcomes) }
    return outcomes.map(parts)
  }
}

/// What the sums of a plugin metric's parts become.
public enum PartsScore: String, Sendable, Hashable, Codable, CaseIterable {
  /// The first part over the number of examples.
  case mean
  /// The first part over the second.
  case ratio
  /// 2tp / (2tp + fp + fn), of true positives, false positives and false negatives.
  case f1

  /// Parts that it needs at least.
  var partCount: Int {
    switch self {
    case .mean: 1
    case .ratio: 2
    case .f1: 3
    }
  }

  /// As run files call it: no metric has such a name.
  public var aggregation: String { "parts:" + rawValue }

  /// The score of sums over `count` examples; 0 where nothing is to be divided.
  public func score(_ sums: [Double], count: Int) -> Double {
    guard sums.count >= partCount else { return .nan }
    let (numerator, denominator) =
      switch self {
      case .mean: (sums[0], Double(count))
      case .ratio: (sums[0], sums[1])
      case .f1: (2 * sums[0], 2 * sums[0] + sums[1] + sums[2])
      }
    return denominator == 0 ? 0 : numerator / denominator
  }
}
