import Foundation
import TaskAffinity
import Testing

@Suite struct IntervalTests {
  struct Reference: Decodable {
    let tokens: [Int]
    let base, tuned: [Double]
    let relativeGain, loss: Double
    let relativeGainBCa, lossBCa: [Double]
  }

  @Test func bcaOfRatiosAgreesWithSciPy() throws {
    let reference: Reference = try fixture("bootstrap.json")
    var table = try ScoreTable(
      tasks: [ScoredTask(name: "a", category: "A")], unitKind: .category, estimand: .unspecified)
    let ids = reference.tokens.indices.map { "\($0)" }
    for (subset, seed, nll) in [(Subset.base, nil, reference.base), (["A"], 1, reference.tuned)] {
      try table.insert(
        ExampleScores(exampleIDs: ids, nll: nll, tokens: reference.tokens), subset: subset, seed: seed, task: "a")
    }
    let cell = try AffinityAnalysis(table, bootstrap: BootstrapSettings(draws: 100_000)).transferMatrix(.tasks)[
      ["A"], "a"]
    let gain = try #require(cell?.overBase?.relative)
    let loss = try #require(cell?.value)
    #expect(isClose(gain.value, reference.relativeGain))
    #expect(isClose(loss.value, reference.loss))
    #expect(gain.scope == .examplesOfOneSeed)
    for (estimate, expected) in [(gain, reference.relativeGainBCa), (loss, reference.lossBCa)] {
      let width = expected[1] - expected[0]
      #expect(abs(try #require(estimate.lower) - expected[0]) < 0.015 * width)
      #expect(abs(try #require(estimate.upper) - expected[1]) < 0.015 * width)
    }
  }

  @Test func intervalsAreTheSameForTheSameSeedAndIndependentOfOtherTasks() throws {
    var generator = SplitMix64(seed: 5)
    let sweep = SimulatedSweep(tasks: 2, seeds: 2, examples: 12)
    let table = try sweep.table(subsets: sweep.allSubsets, generator: &generator)
    let settings = BootstrapSettings(draws: 300, seed: 9)
    let first = try AffinityAnalysis(table, bootstrap: settings).transferMatrix(.tasks)
    let second = try AffinityAnalysis(table, bootstrap: settings).transferMatrix(.tasks)
    #expect(first.cells == second.cells)
    let other = try AffinityAnalysis(table, bootstrap: BootstrapSettings(draws: 300, seed: 10)).transferMatrix(.tasks)
    #expect(first.cells != other.cells)
    #expect(first[["t0"], "t0"]?.value.value == other[["t0"], "t0"]?.value.value)
  }

  @Test func oneSeedSaysThatSeedsAreNotCovered() throws {
    var generator = SplitMix64(seed: 5)
    let sweep = SimulatedSweep(tasks: 2, seeds: 1, examples: 12)
    let table = try sweep.table(subsets: sweep.allSubsets, generator: &generator)
    let matrix = try AffinityAnalysis(table).affinityMatrix(.pairwise, level: .tasks)
    #expect(matrix["t0", "t1"]?.absolute.scope == .examplesOfOneSeed)
    #expect(matrix.text().contains("one seed: variation between seeds is unknown"))
  }

  @Test func clustersWidenTheInterval() throws {
    var generator = SplitMix64(seed: 6)
    func width(clustered: Bool) throws -> Double {
      var table = try ScoreTable(
        tasks: [ScoredTask(name: "a", category: "A")], unitKind: .category, estimand: .unspecified)
      generator = SplitMix64(seed: 6)
      let documents = (0..<20).map { _ in generator.normal() }
      let ids = (0..<100).map { "\($0)" }
      let scores = ExampleScores(
        exampleIDs: ids, clusterIDs: clustered ? (0..<100).map { "d\($0 / 5)" } : nil,
        nll: (0..<100).map { 5 + documents[$0 / 5] }, tokens: Array(repeating: 1, count: 100))
      try table.insert(scores, subset: .base, seed: nil, task: "a")
      let value = try #require(try AffinityAnalysis(table).transferMatrix(.tasks)[.base, "a"]?.value)
      return try #require(value.upper) - #require(value.lower)
    }
    let ratio = try width(clustered: true) / width(clustered: false)
    #expect(ratio > 1.9 && ratio < 2.7)
  }

  /// The share of sweeps whose interval of one pairwise gain holds the truth.
  func coverage(_ sweep: SimulatedSweep, sweeps: Int, draws: Int) throws -> Double {
    var generator = SplitMix64(seed: 77)
    var held = 0
    let truth = sweep.truth(["t0"], task: 0) - sweep.truth(["t0", "t1"], task: 0)
    for index in 0..<sweeps {
      let table = try sweep.table(subsets: [["t0"], ["t0", "t1"]], generator: &generator)
      let settings = BootstrapSettings(draws: draws, seed: UInt64(index))
      let analysis = try AffinityAnalysis(table, bootstrap: settings)
      let gain = try #require(try analysis.affinityMatrix(.pairwise, level: .tasks)["t1", "t0"]?.absolute)
      if let lower = gain.lower, let upper = gain.upper, lower <= truth, truth <= upper { held += 1 }
    }
    return Double(held) / Double(sweeps)
  }

  static func design(_ seeds: Int, _ seedSD: Double, _ exampleSD: Double, _ residualSD: Double) -> SimulatedSweep {
    SimulatedSweep(
      tasks: 2, seeds: seeds, examples: 60, seedSD: seedSD, exampleSD: exampleSD, residualSD: residualSD)
  }

  static let designs: [(name: String, sweep: SimulatedSweep)] = [
    ("three seeds, seeds dominate", design(3, 0.05, 0.02, 0.02)),
    ("three seeds, examples dominate", design(3, 0.001, 0.2, 0.02)),
    ("three seeds, both", design(3, 0.01, 0.1, 0.02)),
    ("five seeds, both and residual", design(5, 0.02, 0.1, 0.05)),
    ("eight seeds, both and residual", design(8, 0.02, 0.1, 0.05)),
    ("one seed, nothing but examples", design(1, 0, 0.1, 0)),
  ]

  @Test(.enabled(if: runsFullSimulations), arguments: designs.indices)
  func coverageIsBetween93And97PerCentOverAThousandSweeps(_ index: Int) throws {
    let (name, sweep) = Self.designs[index]
    let share = try coverage(sweep, sweeps: 1_000, draws: 2_000)
    print("coverage, \(name): \(share)")
    #expect(share >= 0.93 && share <= 0.97, "\(name): \(share)")
  }

  /// With three seeds nobody can tell a seed effect of zero from one as large as the residual's mean, so the interval
  /// must allow for it.
  @Test(.enabled(if: runsFullSimulations)) func coverageIsConservativeWhereTheResidualIsAll() throws {
    let share = try coverage(Self.design(3, 0.001, 0.01, 0.2), sweeps: 1_000, draws: 2_000)
    print("coverage, residual dominates: \(share)")
    #expect(share >= 0.93)
  }

  /// Relative gains of answers of unequal length and skewed losses: what real evaluations look like.
  @Test(.enabled(if: runsFullSimulations), arguments: [1, 3, 5])
  func coverageHoldsForRatiosOfSkewedLosses(_ seeds: Int) throws {
    var generator = SplitMix64(seed: 31)
    let sweeps = 1_000
    var held = 0
    for index in 0..<sweeps {
      var table = try ScoreTable(
        tasks: [ScoredTask(name: "a", category: "A")], unitKind: .category, estimand: .unspecified)
      let tokens = (0..<80).map { _ in 1 + generator.index(below: 12) }
      let base = tokens.map { Double($0) * exp(0.6 * generator.normal()) }
      // The factors have mean 0.8, 1 and 1, so that the relative gain is 0.2.
      let gain = tokens.map { _ in 0.8 * exp(0.2 * generator.normal() - 0.02) }
      let ids = tokens.indices.map { "\($0)" }
      try table.insert(
        ExampleScores(exampleIDs: ids, nll: base, tokens: tokens), subset: .base, seed: nil, task: "a")
      for seed in 0..<seeds {
        let shift = seeds > 1 ? exp(0.03 * generator.normal() - 0.00045) : 1
        let nll = zip(base, gain).map { $0 * $1 * shift * exp(0.05 * generator.normal() - 0.00125) }
        try table.insert(ExampleScores(exampleIDs: ids, nll: nll, tokens: tokens), subset: ["A"], seed: seed, task: "a")
      }
      let analysis = try AffinityAnalysis(table, bootstrap: BootstrapSettings(draws: 2_000, seed: UInt64(index)))
      let relative = try #require(analysis.transferMatrix(.tasks)[["A"], "a"]?.overBase?.relative)
      if let lower = relative.lower, let upper = relative.upper, lower <= 0.2, 0.2 <= upper { held += 1 }
    }
    let share = Double(held) / Double(sweeps)
    print("coverage, relative gain, skewed, \(seeds) seeds: \(share)")
    #expect(share >= 0.93 && share <= 0.97)
  }

  @Test func coverageOfAFewSweepsIsNotFarFromNominal() throws {
    let share = try coverage(SimulatedSweep(tasks: 2, seeds: 3, examples: 30), sweeps: 100, draws: 400)
    #expect(share >= 0.87, "\(share)")
  }

  @Test(.enabled(if: runsFullSimulations)) func aFullSweepIsAnalysedInTwentySeconds() throws {
    var generator = SplitMix64(seed: 1)
    let sweep = SimulatedSweep(tasks: 8, seeds: 3, examples: 200)
    let table = try sweep.table(subsets: sweep.allSubsets, generator: &generator)
    let clock = ContinuousClock()
    let duration = try clock.measure {
      let analysis = try AffinityAnalysis(table)
      _ = analysis.transferMatrix(.tasks)
      for kind in AffinityKind.allCases { _ = try analysis.affinityMatrix(kind, level: .tasks) }
    }
    print("255 subsets x 8 tasks x 3 seeds x 200 examples: \(duration)")
    #expect(duration < .seconds(20))
  }
}
