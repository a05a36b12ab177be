/// Variance components of many cells at once: the mean of each over the cells with the most seeds; nil without any.
///
/// A single cell's components are too noisy to buy by; cells of zero for every seed (a subset against itself) do not
/// count.
public func pooledComponents(_ estimates: [Estimate]) -> VarianceComponents? {
  let seeds = estimates.compactMap { $0.components?.seeds }.max() ?? 0
  let known = estimates.filter { $0.components?.seeds == seeds && ($0.standardError ?? 0) > 0 }
    .compactMap(\.components)
  guard seeds > 1, !known.isEmpty else { return nil }
  let count = Double(known.count)
  return VarianceComponents(
    seed: known.reduce(0) { $0 + ($1.seed ?? 0) } / count, example: known.reduce(0) { $0 + $1.example } / count,
    residual: known.reduce(0) { $0 + ($1.residual ?? 0) } / count, seeds: seeds,
    clusters: known.reduce(0) { $0 + $1.clusters } / known.count)
}

extension VarianceComponents {
  /// The shares of the estimate's variance that seeds, examples and their residual have, in words.
  public var shares: String {
    let parts = [
      ("seeds", max(seed ?? 0, 0) / Double(max(seeds, 1))), ("examples", max(example, 0) / Double(max(clusters, 1))),
      ("seed by example", max(residual ?? 0, 0) / Double(max(seeds * clusters, 1))),
    ]
    let total = parts.reduce(0) { $0 + $1.1 }
    guard total > 0 else { return "nothing varies" }
    return parts.map { "\($0.0) \(decimal(100 * $0.1 / total, 0))%" }.joined(separator: ", ")
  }
}

/// The standard deviation between seeds of paired differences, pooled over cells: what a pilot gives to a power table.
///
/// - Throws: ``AffinityError/insufficient(what:missing:)`` when no cell has two seeds that differ.
public func pilotStandardDeviation(_ estimates: [Estimate]) throws -> Double {
  var squares = 0.0
  var degrees = 0
  for seeds in estimates.map(\.perSeed) where seeds.count > 1 && seeds.contains(where: { $0 != 0 }) {
    let mean = seeds.reduce(0, +) / Double(seeds.count)
    squares += seeds.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    degrees += seeds.count - 1
  }
  guard degrees > 0, squares > 0 else {
    throw AffinityError.insufficient(what: "a power table", missing: "a pilot with two or more seeds that differ")
  }
  return (squares / Double(degrees)).squareRoot()
}

/// The seeds that a sweep needs, by a pilot that had a few.
public struct PilotPower: Codable, Sendable {
  /// What differs between seeds.
  public let contrast: String
  /// What is scored.
  public let quantity: Quantity
  /// The seeds of the pilot.
  public let seeds: Int
  /// The contrasts that its standard deviation is pooled over, and that Holm's procedure would test.
  public let tests: Int
  /// Standard deviation between seeds of a contrast, in the score's own unit.
  public let standardDeviation: Double
  /// Seeds for a power of 80% by the size of the difference.
  public let lines: [PowerLine]

  /// Lines for a terminal.
  public func text() -> String {
    "a pilot of \(seeds) seeds: \(contrast) in \(quantity.title) has a standard deviation between seeds of "
      + "\(decimal(standardDeviation, 4)) (\(tests) contrasts); seeds for a power of 80%\n\n"
      + powerText(lines, tests: tests)
  }
}

extension AffinityAnalysis {
  /// What the runs say as a pilot: pairwise affinity of units on tasks where pairs are trained, else gains over the base.
  ///
  /// - Throws: ``AffinityError/insufficient(what:missing:)`` when no contrast has two seeds that differ.
  public func pilotPower() throws -> PilotPower {
    let pairs = try affinityMatrix(.pairwise, level: .tasks).cells.joined().compactMap { $0?.absolute }
    let gains = pairs.isEmpty ? transferMatrix(.tasks, over: [.base]).cells.joined().compactMap { $0?.overBase } : []
    let estimates = (pairs + gains.map(\.absolute)).filter { $0.perSeed.count > 1 && $0.perSeed.contains { $0 != 0 } }
    let deviation = try pilotStandardDeviation(estimates)
    return PilotPower(
      contrast: pairs.isEmpty ? "a gain over the base" : "pairwise affinity", quantity: quantity,
      seeds: estimates.map(\.perSeed.count).max() ?? 0, tests: estimates.count, standardDeviation: deviation,
      lines: try powerTable(standardDeviation: deviation, tests: estimates.count))
  }
}
