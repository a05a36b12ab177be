import Foundation
import TaskAffinity

/// A grouping trained afresh, beside what it is compared with.
public struct GroupingVerification: Sendable, Codable {
  /// One way to divide the units, and how it scored.
  public struct Result: Sendable, Codable {
    /// What it is: `chosen`, `all in one`, `each alone`, `random 1`, `oracle`.
    public var name: String
    /// The groups.
    public var groups: [[String]]
    /// Minus the mean over units of the loss in the best group that holds each, by seed.
    public var perSeed: [Double]
    /// The mean over seeds.
    public var mean: Double
    /// The chosen grouping's less this one's, mean over seeds.
    public var advantage: Double
    /// Half the width of its 95% interval, Student's over seeds; nil with one seed.
    public var halfWidth: Double?
  }

  /// The seeds, none of them among those that the choice was made with.
  public var seeds: [Int]
  /// The chosen grouping first.
  public var results: [Result]

  /// Partitions to be trained, by name.
  public static func candidates(
    chosen: [[String]], oracle: [[String]]?, units: [String], randomPartitions: Int, seed: UInt64
  ) -> [(name: String, groups: [[String]])] {
    var all: [(name: String, groups: [[String]])] = [
      ("chosen", chosen), ("all in one", [units.sorted()]), ("each alone", units.map { [$0] }),
    ]
    if let oracle { all.append(("oracle", oracle)) }
    // Of the same sizes; groups that overlap have no partition of their sizes, so as many units as there are are dealt.
    var sizes = chosen.map(\.count)
    while sizes.reduce(0, +) > units.count, let most = sizes.indices.max(by: { sizes[$0] < sizes[$1] }) {
      sizes[most] -= 1
    }
    for number in 0..<max(0, randomPartitions) {
      let groups = GroupingInput.random(units, sizes: sizes.filter { $0 > 0 }, seed: seed &+ UInt64(number))
      all.append(("random \(number + 1)", groups))
    }
    return all
  }

  /// Compares partitions by trained scores, a table a seed.
  ///
  /// - Throws: `AffinityError.insufficient` where a run is missing.
  public init(_ candidates: [(name: String, groups: [[String]])], seeds: [Int], trained: [TrainedScores]) throws {
    self.seeds = seeds
    let inputs = trained.map { GroupingInput($0) }
    let values = try candidates.map { candidate in
      try zip(seeds, inputs).map { seed, input -> Double in
        guard let value = input.value(candidate.groups) else {
          throw AffinityError.insufficient(
            what: "the grouping '\(candidate.name)'", missing: "a run of its groups with seed \(seed)")
        }
        return value
      }
    }
    results = zip(candidates, values).map { candidate, own in
      let differences = zip(values[0], own).map { $0 - $1 }
      let n = Double(own.count)
      let mean = differences.reduce(0, +) / n
      let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
      return Result(
        name: candidate.name, groups: candidate.groups, perSeed: own, mean: own.reduce(0, +) / n, advantage: mean,
        halfWidth: own.count > 1 ? StudentT.quantile(0.975, degrees: n - 1) * (variance / n).squareRoot() : nil)
    }
  }

  /// A line a grouping.
  public func text(colours: Bool) -> String {
    var table = TextTable(header: ["grouping", "loss, mean over units", "chosen is better by", "groups"])
    for result in results {
      let width = result.halfWidth.map { String(format: " ± %.4f", $0) } ?? ""
      table.rows.append([
        .init(result.name), .init(String(format: "%.4f", -result.mean)),
        .init(result.name == "chosen" ? "" : String(format: "%+.4f", result.advantage) + width),
        .init(result.groups.map { "{" + $0.joined(separator: ", ") + "}" }.joined(separator: " ")),
      ])
    }
    let scope = seeds.count > 1 ? "95% intervals over seeds" : "one seed: no interval"
    return "trained afresh with seeds \(seeds.map(String.init).joined(separator: ", ")); \(scope)\n\n"
      + table.render(colours: colours)
  }
}
