/// How well the truth predicts itself: what no estimator can be expected to exceed.
public struct NoiseCeiling: Codable, Sendable, Equatable {
  /// Spearman correlation between means of two halves of the seeds, over subsets, mean over targets and splits.
  public let splitHalf: Double
  /// What halves of the full length would give: 2 r / (1 + r) (Spearman-Brown); the truth's reliability.
  public let reliability: Double
  /// The correlation of a perfect estimator with this noisy truth: the root of the reliability.
  public let ceiling: Double
  /// One seed against the mean of the others: what one more run of everything would score as an estimator.
  public let oneSeed: Double
  /// The seeds used.
  public let seeds: Int
}

/// The noise ceiling of a table of values, [seeds][targets][subsets], every target with its own subsets.
///
/// - Throws: ``AffinityError`` with fewer than two seeds or no target that varies.
public func noiseCeiling(_ values: [[[Double]]]) throws -> NoiseCeiling {
  let seeds = values.count
  guard seeds > 1 else {
    throw AffinityError.insufficient(what: "the noise ceiling", missing: "a second seed of every run")
  }
  let targets = values.map(\.count).min() ?? 0
  func mean(_ chosen: [Int], _ target: Int) -> [Double] {
    (0..<values[0][target].count).map { place in
      chosen.reduce(0) { $0 + values[$1][target][place] } / Double(chosen.count)
    }
  }
  func agreement(_ a: [Int], _ b: [Int]) -> Double? {
    let all = (0..<targets).compactMap { spearman(mean(a, $0), mean(b, $0)) }
    return all.isEmpty ? nil : all.reduce(0, +) / Double(all.count)
  }
  var halves: [Double] = []
  // Seed 0 always in the first half: every split once; beyond 12 seeds the first thousands are plenty.
  for mask in 0..<(1 << (min(seeds, 12) - 1)) {
    let first = [0] + (1..<seeds).filter { $0 < 12 && mask >> ($0 - 1) & 1 == 1 }
    guard first.count == seeds / 2 || first.count == (seeds + 1) / 2 else { continue }
    let second = (0..<seeds).filter { !first.contains($0) }
    if let r = agreement(first, second) { halves.append(r) }
  }
  let singles = (0..<seeds).compactMap { seed in agreement([seed], (0..<seeds).filter { $0 != seed }) }
  guard !halves.isEmpty, !singles.isEmpty else {
    throw AffinityError.insufficient(what: "the noise ceiling", missing: "subsets whose scores differ")
  }
  let half = halves.reduce(0, +) / Double(halves.count)
  let reliability = half > 0 ? 2 * half / (1 + half) : 0
  return NoiseCeiling(
    splitHalf: half, reliability: reliability, ceiling: reliability.squareRoot(),
    oneSeed: singles.reduce(0, +) / Double(singles.count), seeds: seeds)
}
