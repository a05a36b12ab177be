import Foundation

/// How well the truth predicts itself: what no estimator can be expected to exceed.
public struct NoiseCeiling: Codable, Sendable, Equatable {
  /// Spearman correlation between means of two halves of the seeds, over subsets, mean over targets and splits.
  public let splitHalf: Double
  /// The reliability of the mean of `truthSeeds` seeds, from the split halves by the formula of Spearman and Brown.
  public let reliability: Double
  /// The correlation of a perfect estimator with this noisy truth: the root of the reliability.
  public let ceiling: Double
  /// One seed against the mean of the others: what one more run of everything would score as an estimator.
  public let oneSeed: Double
  /// The seeds used.
  public let seeds: Int
  /// The seeds that the truth is a mean of.
  public let truthSeeds: Int
}

/// The noise ceiling of a table of values, [seeds][targets][subsets], every target with its own subsets.
///
/// With r the reliability of one seed, that of the mean of k is `k r / (1 + (k - 1) r)` (Spearman-Brown), and means of a
/// and of b other seeds correlate by the root of the product of theirs: r is solved from that. `truthSeeds` are those of
/// the truth that estimators are judged by, by default the table's.
///
/// - Throws: ``AffinityError`` with fewer than two seeds or no target that varies.
public func noiseCeiling(_ values: [[[Double]]], truthSeeds: Int? = nil) throws -> NoiseCeiling {
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
  let single = singleReliability(half, first: Double(seeds / 2), second: Double((seeds + 1) / 2))
  let k = Double(max(1, truthSeeds ?? seeds))
  let reliability = k * single / (1 + (k - 1) * single)
  return NoiseCeiling(
    splitHalf: half, reliability: reliability, ceiling: reliability.squareRoot(),
    oneSeed: singles.reduce(0, +) / Double(singles.count), seeds: seeds, truthSeeds: truthSeeds ?? seeds)
}

/// The reliability r of one seed, given that means of a and of b seeds correlate by h:
/// `(a b - h^2 (a - 1)(b - 1)) r^2 - h^2 (a + b - 2) r - h^2 = 0`; zero for a correlation below zero.
private func singleReliability(_ h: Double, first a: Double, second b: Double) -> Double {
  guard h > 0 else { return 0 }
  let square = h * h
  let leading = a * b - square * (a - 1) * (b - 1)
  let linear = square * (a + b - 2)
  return min(1, (linear + (linear * linear + 4 * square * leading).squareRoot()) / (2 * leading))
}
