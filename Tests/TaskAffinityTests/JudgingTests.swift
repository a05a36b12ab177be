import TaskAffinity
import Testing

@Suite struct JudgingTests {
  /// score of t in S = base_t + sum of effects, plus noise.
  func additive(_ tasks: Int, noise: Double = 0, seed: UInt64 = 1) -> TrainedScores {
    var generator = SplitMix64(seed: seed)
    let effects = (0..<tasks).map { _ in (0..<tasks).map { _ in generator.normal() } }
    var scores: [Subset: [Double?]] = [:]
    for subset in subsets(tasks) {
      scores[subset] = (0..<tasks).map { target in
        layout(tasks).members(subset).reduce(-5 - Double(target)) { $0 + effects[$1][target] } + noise
          * generator.normal()
      }
    }
    return TrainedScores(layout: layout(tasks), scores: scores)
  }

  func estimate(_ truth: TrainedScores, calibrated: Bool = true, _ map: (Double, Int) -> Double) -> TransferEstimate {
    // In a fixed order, since a map may draw random numbers.
    var predictions: [Subset: [Double?]] = [:]
    for subset in truth.scores.keys.sorted() {
      predictions[subset] = truth.scores[subset]?.enumerated().map { index, value in value.map { map($0, index) } }
    }
    return TransferEstimate(
      method: "mapped", tasks: truth.layout.tasks.map(\.name), predictions: predictions, calibrated: calibrated)
  }

  @Test func aLinearSurrogateIsExactOnAdditiveTruth() throws {
    let truth = additive(4)
    let fitted = truth.only(subsets(4).filter { $0 != ["t0", "t1", "t2"] })
    let estimate = try SurrogateEstimator(fitted, form: .linear(ridge: 1e-9)).estimate(subsets(4), layout: layout(4))
    #expect(isClose(try #require(estimate[["t0", "t1", "t2"], 1]), try #require(truth[["t0", "t1", "t2"], 1]), 1e-5))
    #expect(estimate[["t0"], 1] == nil)
  }

  @Test func aKernelSurrogateWithoutNoiseReturnsWhatItWasGiven() throws {
    let truth = additive(3)
    let estimate = try SurrogateEstimator(truth, form: .kernel(length: 2, noise: 1e-9)).estimate(
      subsets(3), layout: layout(3))
    #expect(isClose(try #require(estimate[["t0", "t2"], 2]), try #require(truth[["t0", "t2"], 2]), 1e-5))
    #expect(throws: AffinityError.self) { try SurrogateEstimator(truth, form: .kernel(length: 0, noise: 1)) }
  }

  @Test func pairsAverageTheTrainedPairs() throws {
    let truth = additive(3)
    let pairs = PairsEstimator(truth.only(subsets(3).filter { $0.count < 3 }))
    let estimate = try pairs.estimate(subsets(3), layout: layout(3))
    let mean = try (#require(truth[["t0", "t1"], 0]) + #require(truth[["t0", "t2"], 0])) / 2
    #expect(isClose(try #require(estimate[["t0", "t1", "t2"], 0]), mean))
    #expect(estimate[["t1"], 0] == nil)
  }

  @Test(arguments: [CalibrationOffset.perTarget, .singles]) func calibrationFindsOffsetAndSlope(
    _ offset: CalibrationOffset
  ) throws {
    let truth = additive(4)
    // truth = a_i - 2 x: sign and scale of the estimate are both wrong.
    let raw = estimate(truth, calibrated: false) { value, task in (Double(task) + value) / 2 }
    let anchors = truth.only(subsets(4).filter { $0.count == 1 || $0.count == 3 })
    let result = try calibrate(raw, anchors: anchors, offset: offset)
    #expect(isClose(result.calibration.slope, 2, 1e-9))
    for task in 0..<4 {
      let cell = ["t\(task)", "t\((task + 1) % 4)"] as [String]
      #expect(isClose(try #require(result.estimate[Subset(cell), task]), try #require(truth[Subset(cell), task]), 1e-9))
    }
    #expect(result.estimate.calibrated && result.estimate.cost.runs == 8)
    #expect(throws: AffinityError.self) { try calibrate(raw, anchors: truth.only([["t0"], ["t1"]]), offset: offset) }
  }

  @Test func anEstimateThatOrdersTheWrongWayRoundIsWorthItsOffsetsAlone() throws {
    let truth = additive(4)
    let raw = estimate(truth, calibrated: false) { value, _ in -value }
    let anchors = truth.only(subsets(4).filter { $0.count == 2 })
    let result = try calibrate(raw, anchors: anchors)
    #expect(result.calibration.slope == 0)
    let own = anchors.scores.filter { $0.key.contains("t0") }.compactMap { $0.value[0] }
    #expect(isClose(try #require(result.estimate[["t0", "t1", "t2"], 0]), own.reduce(0, +) / Double(own.count), 1e-9))
  }

  @Test func whatTheLineLeavesIsSpreadToSubsetsNearTheAnchors() throws {
    // An estimate that knows nothing of t1, which matters.
    let truth = additive(5)
    let blind = TransferEstimate(
      method: "blind", tasks: truth.layout.tasks.map(\.name),
      predictions: truth.scores.mapValues { $0.map { $0.map { _ in 0.0 } } }, calibrated: false)
    let anchors = truth.only(subsets(5).filter { $0.count == 2 || $0.count == 4 })
    func error(_ kernel: ResidualKernel?) throws -> Double {
      let result = try calibrate(blind, anchors: anchors, residuals: kernel)
      var squares = 0.0
      for subset in subsets(5) where subset.count == 3 {
        for task in truth.layout.members(subset) {
          let value = try #require(result.estimate[subset, task])
          let wanted = try #require(truth[subset, task])
          squares += (value - wanted) * (value - wanted)
        }
      }
      return squares
    }
    #expect(try error(ResidualKernel()) < 0.3 * error(nil))
    // An anchor without noise is met exactly, whatever the estimate said.
    let exact = try calibrate(blind, anchors: anchors, residuals: ResidualKernel(length: 4, noise: 1e-9))
    #expect(isClose(try #require(exact.estimate[["t0", "t1"], 0]), try #require(truth[["t0", "t1"], 0]), 1e-6))
  }

  @Test func calibratedIntervalsCoverTheTruth() throws {
    var held = 0
    var cells = 0
    for seed in 0..<400 {
      var generator = SplitMix64(seed: UInt64(seed), stream: "noise")
      let truth = additive(4, seed: UInt64(seed))
      var scores = truth.scores
      for subset in scores.keys.sorted() {
        scores[subset] = scores[subset]?.map { $0.map { $0 + 0.3 * generator.normal() } }
      }
      let noisy = TrainedScores(layout: truth.layout, scores: scores)
      let raw = estimate(truth, calibrated: false) { value, _ in 0.5 * value }
      let chosen =
        try SubsetDesign.random(layout(4).units, count: 4, size: 3, seed: UInt64(seed))
        + SubsetDesign.random(layout(4).units, count: 4, size: 2, seed: UInt64(seed))
      let result = try calibrate(raw, anchors: noisy.only(chosen))
      for subset in subsets(4) where subset.count > 1 && !chosen.contains(subset) {
        for task in layout(4).members(subset) {
          guard let value = result.estimate[subset, task], let half = result.halfWidths[subset]?[task] ?? nil,
            let target = noisy[subset, task]
          else { continue }
          cells += 1
          if abs(target - value) <= half { held += 1 }
        }
      }
    }
    let share = Double(held) / Double(cells)
    #expect(share > 0.94 && share < 0.97, "\(share) of \(cells)")
  }

  @Test func theBestCandidateIsTheOneThatPredictsAnchors() throws {
    let truth = additive(4, noise: 0.1)
    var generator = SplitMix64(seed: 9)
    let good = estimate(truth) { value, _ in value }
    let bad = estimate(truth) { _, _ in generator.normal() }
    let anchors = truth.only(subsets(4).filter { $0.count == 2 })
    let choice = try selectByAnchors([(value: 1, estimate: bad), (value: 2, estimate: good)], anchors: anchors)
    #expect(choice.value == 2)
  }

  @Test func controlVariatesShrinkTheIntervalAndCover() throws {
    var held = 0
    var narrower = 0
    for seed in 0..<300 {
      var generator = SplitMix64(seed: UInt64(seed))
      let x = (0..<255).map { _ in generator.normal() }
      let y = x.map { 3 + $0 + 0.3 * generator.normal() }
      var order = Array(0..<255)
      generator.shuffle(&order)
      let anchors = order.prefix(12)
      let result = try controlVariateMean(truth: anchors.map { y[$0] }, estimates: anchors.map { x[$0] }, all: x)
      let mean = y.reduce(0, +) / 255
      if let lower = result.lower, let upper = result.upper, lower <= mean, mean <= upper { held += 1 }
      if abs(result.value - mean) < abs(result.plain - mean) { narrower += 1 }
    }
    #expect(held > 273 && held < 297, "\(held) of 300")
    #expect(narrower > 220)
  }

  func sweep() throws -> (TransferMatrix, TrainedScores, TaskLayout) {
    var generator = SplitMix64(seed: 5)
    let sweep = SimulatedSweep(tasks: 4, seeds: 3, examples: 20, seedSD: 0.001, exampleSD: 0.002, residualSD: 0.001)
    let table = try sweep.table(subsets: sweep.allSubsets, generator: &generator)
    let matrix = try AffinityAnalysis(table, bootstrap: BootstrapSettings(draws: 300)).transferMatrix(.tasks)
    return (matrix, try TrainedScores(matrix, layout: table.layout), table.layout)
  }

  @Test func theTruthIsAPerfectEstimatorAndAConstantIsNone() throws {
    let (matrix, truth, layout) = try sweep()
    let anchors = Set(subsets(4).filter { $0.count == 1 } + [["t0", "t1"], ["t2", "t3"]])
    let same = estimate(truth) { value, _ in value }
    let flat = estimate(truth) { _, task in truth.scores[["t0", "t1"]]?[task] ?? 0 }
    let against = estimate(truth, calibrated: false) { value, _ in -value }
    let comparison = try compare([same, flat, against], truth: matrix, layout: layout, anchors: anchors, groups: 2)
    let perfect = comparison.reports[0]
    #expect(perfect.spearman == 1 && perfect.kendall == 1 && perfect.skill == 1 && perfect.distance == 0)
    #expect(perfect.subsetRegret == 0 && perfect.groupingRegret == 0)
    #expect(perfect.negativeTransfer?.f1 == 1 && perfect.negativeTransfer?.accuracy == 1)
    // Cells: subsets of two or more that are no anchors, on their members: 4 pairs x 2 + 4 triples x 3 + 4.
    #expect(perfect.cells == 24)
    #expect(comparison.reports[1].spearman == 0)
    #expect(try #require(comparison.reports[1].skill) < 0.5)
    #expect(comparison.reports[2].spearman == -1 && comparison.reports[2].skill == nil)
    #expect(try #require(comparison.reports[2].subsetRegret) > 0)
    let ceiling = try #require(comparison.ceiling)
    #expect(ceiling.seeds == 3 && ceiling.ceiling > 0.9)
    let text = comparison.text()
    #expect(text.hasPrefix("noise ceiling: split-half"))
    #expect(text.split(separator: "\n").count == 6)
  }

  @Test func aComparisonWithNothingLeftIsRefused() throws {
    let (matrix, truth, layout) = try sweep()
    let same = estimate(truth) { value, _ in value }
    #expect(throws: AffinityError.self) {
      try compare([same], truth: matrix, layout: layout, anchors: Set(subsets(4)))
    }
  }

  @Test func recommendationsAddWhatHelpsAndAvoidWhatHarms() throws {
    var generator = SplitMix64(seed: 5)
    let sweep = SimulatedSweep(tasks: 4, seeds: 3, examples: 20, seedSD: 0.001, exampleSD: 0.002, residualSD: 0.001)
    // In the simulation t2 takes 0.05 from the loss of t0 and t3 adds as much.
    let table = try sweep.table(subsets: [["t0"], ["t0", "t2"], ["t0", "t3"], ["t2"]], generator: &generator)
    let analysis = try AffinityAnalysis(table, bootstrap: BootstrapSettings(draws: 300))
    let advice = try analysis.recommendations(for: "t0")
    #expect(advice.units.map(\.unit) == ["t2", "t3"])
    #expect(advice.units.map(\.verdict) == [.add, .avoid])
    #expect(advice.units[0].gain.absolute.positiveShare == 1)
    #expect(advice.unknown == ["t1"] && advice.best == ["t0", "t2"])
    #expect(advice.text().contains("? not trained together with t0: t1"))
    #expect(throws: AffinityError.unknownTask("t9")) { try analysis.recommendations(for: "t9") }
    #expect(throws: AffinityError.self) { try analysis.recommendations(for: "t1") }
  }
}
