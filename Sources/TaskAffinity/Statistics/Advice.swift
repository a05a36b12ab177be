import Foundation

extension VarianceComponents {
  /// The standard error with other numbers of seeds and clusters; negative components count as zero.
  ///
  /// `sqrt(seed / s + example / n + residual / (s n))`; nil with one seed, where components cannot be told apart.
  public func standardError(seeds s: Int, clusters n: Int) -> Double? {
    guard let seed, let residual, s > 0, n > 0 else { return nil }
    let variance = max(seed, 0) / Double(s) + max(example, 0) / Double(n) + max(residual, 0) / Double(s * n)
    return variance.squareRoot()
  }

  /// What would narrow the interval more.
  public enum Purchase: String, Codable, Sendable {
    /// More seeds.
    case seeds
    /// More evaluation examples.
    case examples
    /// Both alike, within a tenth.
    case either
    /// One seed tells nothing about seeds: buy a second.
    case secondSeed
  }

  /// Whether doubling the seeds or the examples narrows the interval more.
  public var purchase: Purchase {
    guard let bySeeds = standardError(seeds: 2 * seeds, clusters: clusters),
      let byExamples = standardError(seeds: seeds, clusters: 2 * clusters)
    else { return .secondSeed }
    if bySeeds < 0.9 * byExamples { return .seeds }
    return byExamples < 0.9 * bySeeds ? .examples : .either
  }

  /// One sentence with the figures behind the advice.
  public var advice: String {
    guard let now = standardError(seeds: seeds, clusters: clusters), now > 0,
      let bySeeds = standardError(seeds: 2 * seeds, clusters: clusters),
      let byExamples = standardError(seeds: seeds, clusters: 2 * clusters)
    else { return "one seed: run a second before anything else, seed variation is unknown" }
    func share(_ value: Double) -> String { decimal(100 * (1 - value / now), 0) }
    let figures =
      "twice the seeds narrow the interval by \(share(bySeeds))%, twice the examples by \(share(byExamples))%"
    switch purchase {
    case .seeds: return "buy seeds: \(figures)"
    case .examples: return "buy examples: \(figures)"
    default: return "either helps alike: \(figures)"
    }
  }
}
