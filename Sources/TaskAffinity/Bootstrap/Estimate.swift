/// What the uncertainty of an estimate covers.
public enum IntervalScope: String, Codable, Sendable {
  /// Seeds and examples both vary.
  case seedsAndExamples = "seeds-and-examples"
  /// The number depends on no seed (the base); examples vary.
  case examples
  /// One seed only: examples vary, what another seed would give is unknown.
  case examplesOfOneSeed = "examples-of-one-seed"
  /// Several seeds but a single cluster of examples: seeds vary.
  case seedsOnly = "seeds-only"
  /// One seed and one cluster: no interval.
  case none

  /// The words for a caption.
  public var title: String {
    switch self {
    case .seedsAndExamples: "seeds and examples"
    case .examples: "examples"
    case .examplesOfOneSeed: "examples only (one seed: variation between seeds is unknown)"
    case .seedsOnly: "seeds only (one cluster of examples)"
    case .none: "nothing (one seed, one cluster of examples)"
    }
  }
}

/// Where the variance of an estimate comes from, in a crossed design of seeds and example clusters.
///
/// The variance of the estimate is `seed / seeds + example / clusters + residual / (seeds * clusters)`; each component
/// is unbiased and may come out negative, which means about zero.
public struct VarianceComponents: Codable, Sendable, Equatable {
  /// Variance between seeds, on endless examples; nil with one seed.
  public let seed: Double?
  /// Variance between example clusters, on endless seeds; with one seed it holds the residual too.
  public let example: Double
  /// What is particular to a seed and a cluster; nil with one seed.
  public let residual: Double?
  /// Number of seeds.
  public let seeds: Int
  /// Number of clusters, over all tasks that enter.
  public let clusters: Int

  /// Components with the numbers they were estimated from.
  public init(seed: Double?, example: Double, residual: Double?, seeds: Int, clusters: Int) {
    self.seed = seed
    self.example = example
    self.residual = residual
    self.seeds = seeds
    self.clusters = clusters
  }
}

/// A number with its interval; the interval is nil where the data allow none.
public struct Estimate: Codable, Sendable, Equatable {
  /// The point estimate, from all seeds and examples.
  public let value: Double
  /// The interval's lower end.
  public let lower: Double?
  /// The interval's upper end.
  public let upper: Double?
  /// Standard error from the crossed variance components.
  public let standardError: Double?
  /// The seeds behind it; 0 for the base.
  public let seeds: Int
  /// What the interval covers.
  public let scope: IntervalScope
  /// Where the variance comes from.
  public let components: VarianceComponents?
  /// The value from each seed alone, over all examples; empty when no seed enters.
  public let perSeed: [Double]
  /// The share of draws above zero: how sure it is that the number is positive.
  public let positiveShare: Double?

  /// A number and what is known about its error.
  public init(
    value: Double, lower: Double?, upper: Double?, standardError: Double?, seeds: Int, scope: IntervalScope,
    components: VarianceComponents? = nil, perSeed: [Double] = [], positiveShare: Double? = nil
  ) {
    self.value = value
    self.lower = lower
    self.upper = upper
    self.standardError = standardError
    self.seeds = seeds
    self.scope = scope
    self.components = components
    self.perSeed = perSeed
    self.positiveShare = positiveShare
  }

  /// -1, 0 or 1: the sign, if the interval excludes zero.
  public var significantSign: Int {
    guard let lower, let upper else { return 0 }
    return lower > 0 ? 1 : upper < 0 ? -1 : 0
  }
}
