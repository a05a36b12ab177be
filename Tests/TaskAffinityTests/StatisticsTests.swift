import TaskAffinity
import Testing

/// The statistics against scipy and statsmodels (Fixtures/make_fixtures.py).
@Suite struct StatisticsTests {
  struct Reference: Decodable {
    struct Mantel: Decodable {
      let a, b: [[Double]]
      let correlation, p: Double
    }
    struct Crossed: Decodable {
      let values: [[Double]]
      let seed, example, residual: Double
    }
    let t, tQuantile, noncentralT, power: [[Double]]
    let x, y, p, holm, bh, flips, maxT: [Double]
    let pearson, spearman, kendall, flipsP: Double
    let cells, wilson: [[Double]]
    let mantel: Mantel
    let crossed: Crossed
  }

  let reference: Reference

  init() throws { reference = try fixture("statistics.json") }

  @Test func studentsTAgreesWithSciPy() {
    for row in reference.t { #expect(isClose(StudentT.cdf(row[0], degrees: row[1]), row[2], 1e-12)) }
    for row in reference.tQuantile { #expect(isClose(StudentT.quantile(row[0], degrees: row[1]), row[2], 1e-9)) }
    for row in reference.noncentralT {
      let value = StudentT.noncentralCDF(row[0], degrees: row[1], shift: row[2])
      #expect(isClose(value, row[3], 1e-6), "\(row) \(value)")
    }
  }

  @Test func normalQuantilesAgreeWithSciPy() throws {
    struct Quantiles: Decodable { let normalQuantiles: [[Double]] }
    let quantiles: Quantiles = try fixture("bootstrap.json")
    for row in quantiles.normalQuantiles { #expect(isClose(Normal.quantile(row[0]), row[1], 1e-12)) }
  }

  @Test func powerAgreesWithStatsmodels() {
    for row in reference.power {
      let power = pairedPower(effect: row[0], seeds: Int(row[1]), alpha: row[2])
      #expect(isClose(power, row[3], 1e-5), "\(row) \(power)")
    }
  }

  @Test func seedsForEightyPerCentPowerAreTheLeastThatReachIt() throws {
    let table = try powerTable(standardDeviation: 0.2, differences: [0.2, 0.3, 0.4, 0.6], tests: 6)
    #expect(table.map(\.seeds) == [10, 6, 5, 4])
    #expect(table.map(\.seedsAdjusted) == [16, 9, 7, 5])
  }

  @Test func correlationsAgreeWithSciPy() throws {
    #expect(isClose(try #require(pearson(reference.x, reference.y)), reference.pearson))
    #expect(isClose(try #require(spearman(reference.x, reference.y)), reference.spearman))
    #expect(isClose(try #require(kendall(reference.x, reference.y)), reference.kendall))
    #expect(pearson([1, 1, 1], [1, 2, 3]) == nil)
    #expect(spearman([2], [1]) == nil)
  }

  @Test func adjustmentsAgreeWithStatsmodels() {
    for (ours, theirs) in [(holm(reference.p), reference.holm), (benjaminiHochberg(reference.p), reference.bh)] {
      #expect(zip(ours, theirs).allSatisfy { isClose($0, $1) })
    }
  }

  @Test func signFlipsAgreeWithSciPy() throws {
    #expect(isClose(try signFlipTest(reference.flips).p, reference.flipsP))
  }

  @Test func fiveSeedsCannotReachFivePerCent() throws {
    let result = try signFlipTest([1, 2, 3, 1, 2])
    #expect(result.p == 0.0625 && result.least == 0.0625)
    #expect(try signFlipTest([1, 2, 3, 1, 2, 1]).p < 0.05)
    #expect(throws: AffinityError.self) { try signFlipTest([]) }
    #expect(throws: AffinityError.self) { try signFlipTest([.nan, 1]) }
  }

  @Test func maxTAgreesWithAnEnumerationInNumPy() throws {
    let ours = try maxTSignFlipTest(reference.cells).map(\.p)
    #expect(zip(ours, reference.maxT).allSatisfy { isClose($0, $1) }, "\(ours) \(reference.maxT)")
  }

  @Test func wilsonAgreesWithStatsmodels() throws {
    for row in reference.wilson {
      let interval = try wilsonInterval(successes: row[0], count: row[1])
      #expect(isClose(interval.lower, row[2], 1e-9) && isClose(interval.upper, row[3], 1e-9))
    }
    #expect(throws: AffinityError.self) { try wilsonInterval(successes: 3, count: 2) }
  }

  @Test func mantelAgreesWithAnEnumerationInSciPy() throws {
    var generator = SplitMix64(seed: 1)
    let result = try mantelTest(reference.mantel.a, reference.mantel.b, generator: &generator)
    #expect(isClose(result.correlation, reference.mantel.correlation))
    #expect(isClose(result.p, reference.mantel.p))
    #expect(result.exact && result.relabellings == 120 && !result.isDescriptive)
  }

  @Test func threeTasksAreOnlyDescribed() throws {
    var generator = SplitMix64(seed: 1)
    let a: [[Double?]] = [[nil, 1, 2], [3, nil, 4], [5, 6, nil]]
    let result = try mantelTest(a, a, generator: &generator)
    #expect(result.correlation == 1 && result.relabellings == 6 && result.isDescriptive)
  }

  @Test func varianceComponentsAreTheCrossedAnalysisOfVariance() throws {
    let values = reference.crossed.values
    var table = try ScoreTable(
      tasks: [ScoredTask(name: "a", category: "A")], unitKind: .category, estimand: .unspecified)
    let count = values[0].count
    for (seed, row) in values.enumerated() {
      let scores = ExampleScores(
        exampleIDs: (0..<count).map { "\($0)" }, nll: row, tokens: Array(repeating: 1, count: count))
      try table.insert(scores, subset: ["A"], seed: seed, task: "a")
    }
    let analysis = try AffinityAnalysis(table, bootstrap: BootstrapSettings(draws: 200))
    let components = try #require(analysis.transferMatrix(.tasks)[["A"], "a"]?.value.components)
    #expect(isClose(try #require(components.seed), reference.crossed.seed))
    #expect(isClose(components.example, reference.crossed.example))
    #expect(isClose(try #require(components.residual), reference.crossed.residual))
  }

  @Test func aPilotGivesItsPooledStandardDeviationAndTheTable() throws {
    func estimate(_ seeds: [Double]) -> Estimate {
      Estimate(
        value: 0, lower: nil, upper: nil, standardError: nil, seeds: seeds.count, scope: .seedsOnly, perSeed: seeds)
    }
    let sd = try pilotStandardDeviation([estimate([1, 3]), estimate([0, 0]), estimate([2, 2, 5])])
    // Squares about the means: 2 and 6, over 1 + 2 degrees of freedom.
    #expect(isClose(sd, (8.0 / 3).squareRoot()))
    let text = powerText(try powerTable(standardDeviation: sd, tests: 6), tests: 6)
    #expect(text.contains("seeds, 6 tests (Holm)") && text.contains("fewer than 6 seeds"))
    #expect(throws: AffinityError.self) { try pilotStandardDeviation([estimate([1])]) }
    #expect(throws: AffinityError.self) { try powerTable(standardDeviation: 0, tests: 1) }
  }

  @Test func pooledComponentsSayWhereTheErrorComesFrom() {
    let parts = [1.0, 3.0].map { value in
      Estimate(
        value: 0, lower: nil, upper: nil, standardError: 1, seeds: 2, scope: .seedsAndExamples,
        components: VarianceComponents(seed: value, example: 10, residual: 0, seeds: 2, clusters: 10))
    }
    let pooled = pooledComponents(parts)
    #expect(pooled?.seed == 2 && pooled?.shares == "seeds 50%, examples 50%, seed by example 0%")
    #expect(pooledComponents([]) == nil)
  }

  @Test func adviceBuysWhatVaries() {
    let seeds = VarianceComponents(seed: 1, example: 1, residual: 0, seeds: 3, clusters: 200)
    #expect(seeds.purchase == .seeds && seeds.advice.hasPrefix("buy seeds"))
    let examples = VarianceComponents(seed: 0.001, example: 4, residual: 0, seeds: 3, clusters: 50)
    #expect(examples.purchase == .examples)
    #expect(VarianceComponents(seed: nil, example: 1, residual: nil, seeds: 1, clusters: 9).purchase == .secondSeed)
  }

  @Test func noiseCeilingIsOneWithoutNoiseAndLowWithNothingElse() throws {
    let truth = [[1.0, 2, 3, 4, 5, 6], [2.0, 1, 4, 3, 6, 5]]
    let clean = try noiseCeiling([truth, truth, truth, truth])
    #expect(isClose(clean.ceiling, 1) && isClose(clean.oneSeed, 1))
    var generator = SplitMix64(seed: 3)
    let noise = (0..<4).map { _ in (0..<8).map { _ in (0..<30).map { _ in generator.normal() } } }
    #expect(try noiseCeiling(noise).splitHalf < 0.2)
    #expect(throws: AffinityError.self) { try noiseCeiling([truth]) }
  }

  /// A truth of variance one and seeds of variance one: values correlate by 1/2, ranks by 6 asin(1/4) / pi = 0.483.
  @Test(arguments: [2, 3, 4, 5]) func reliabilityIsThatOfTheSeedsThatTheTruthHas(seeds: Int) throws {
    var generator = SplitMix64(seed: 5)
    let truth = (0..<200).map { _ in (0..<100).map { _ in generator.normal() } }
    let values = (0..<seeds).map { _ in truth.map { $0.map { $0 + generator.normal() } } }
    for (k, wanted) in [(1, 0.483), (2, 0.651), (3, 0.737)] {
      let found = try noiseCeiling(values, truthSeeds: k)
      #expect(abs(found.reliability - wanted) < 0.02, "\(seeds) seeds, \(k) of truth: \(found.reliability)")
    }
  }

  @Test func testsOfAMatrixLeaveUnknownCellsUnknown() throws {
    var generator = SplitMix64(seed: 5)
    let sweep = SimulatedSweep(tasks: 3, seeds: 6, examples: 20, seedSD: 0.002, exampleSD: 0.01, residualSD: 0.002)
    let table = try sweep.table(subsets: sweep.allSubsets, generator: &generator)
    let matrix = try AffinityAnalysis(table, bootstrap: BootstrapSettings(draws: 200))
      .affinityMatrix(.pairwise, level: .tasks)
    for correction in Correction.allCases {
      let tests = try matrix.tests(correction)
      #expect(tests.p[0][0] == nil && tests.p[1][0] != nil)
      #expect(tests.least == 1.0 / 32)
    }
    #expect(try matrix.tests(.holm).text().contains("no single p can be below 0.031"))
    let plain = try matrix.tests(.none).p.joined().compactMap { $0 }
    let familywise = try matrix.tests(.maxT).p.joined().compactMap { $0 }
    #expect(zip(plain, familywise).allSatisfy { $0 <= $1 + 1e-12 })
  }

  /// Without any effect, how often does a family of correlated cells make a claim?
  @Test func falsePositivesStayWithinFivePerCent() throws {
    var generator = SplitMix64(seed: 21)
    let sweeps = runsFullSimulations ? 4_000 : 400
    var single = 0
    var familywise = 0
    for _ in 0..<sweeps {
      let shared = (0..<7).map { _ in generator.normal() }
      let cells = (0..<6).map { _ in shared.map { $0 + generator.normal() } }
      if try signFlipTest(cells[0]).p <= 0.05 { single += 1 }
      if try maxTSignFlipTest(cells).contains(where: { $0.p <= 0.05 }) { familywise += 1 }
    }
    // Three standard errors above the level.
    let bar = 0.05 + 3 * (0.05 * 0.95 / Double(sweeps)).squareRoot()
    #expect(Double(single) / Double(sweeps) <= bar)
    #expect(Double(familywise) / Double(sweeps) <= bar)
    #expect(familywise > 0 && single > 0)
  }
}
