import Experiments
import TaskAffinity
import Testing

@Suite struct MatrixDisplayTests {
  @Test(arguments: [
    (4.1234, 0.45, "+4.12 [+3.67, +4.57]"), (28.66, 2.41, "+28.7 [+26.2, +31.1]"), (123.4, 15.2, "+123 [+108, +139]"),
    (1234.5, 310, "+1234 [+924, +1544]"), (0.012, 0.0034, "+0.0120 [+0.0086, +0.0154]"),
    (5, 0.996, "+5.0 [+4.0, +6.0]"), (-0.5, 0.94, "−0.50 [−1.44, +0.44]"), (50, 9.96, "+50 [+40, +60]"),
  ])
  func decimalsFollowTheIntervalsHalfWidth(value: Double, half: Double, expected: String) {
    let cell = DisplayCell(
      Estimate(
        value: value, lower: value - half, upper: value + half, standardError: nil, seeds: 2, scope: .seedsAndExamples))
    #expect(cell.text() == expected)
  }

  @Test func numbersWithoutAnIntervalHaveThreeDigits() {
    func shown(_ value: Double, _ lower: Double? = nil, _ upper: Double? = nil) -> String {
      DisplayCell(
        Estimate(value: value, lower: lower, upper: upper, standardError: nil, seeds: 1, scope: .none)
      ).text(signed: false)
    }
    #expect(shown(0.12345) == "0.123")
    #expect(shown(12.345) == "12.3")
    #expect(shown(12345) == "12345")
    #expect(shown(0) == "0.00")
    #expect(shown(2, 2, 2) == "2.00 [2.00, 2.00]", "an interval of no width says nothing about digits")
  }

  @Test func inFiguresNoNumberBecomesZero() {
    func shown(_ value: Double, _ half: Double) -> String {
      let estimate = Estimate(
        value: value, lower: value - half, upper: value + half, standardError: nil, seeds: 2, scope: .seedsAndExamples)
      let cell = DisplayCell(estimate)
      return signedText(cell.value, decimals: Rounding.figure.decimals(cell.value, halfWidth: half))
    }
    #expect(shown(28.66, 2.41) == "+29")
    #expect(shown(-0.34, 4) == "−0.3")
    #expect(shown(0.04, 0.6) == "+0.04")
    #expect(shown(0, 4) == "0")
  }

  @Test func likeRowsStandBesideEachOther() {
    let places = [0.0, 10, 0.5, 11, 5]
    let distances = places.map { a in places.map { abs(a - $0) } }
    #expect(clusteredOrder(distances: distances, keys: places) == [3, 1, 4, 2, 0])
    #expect(clusteredOrder(distances: [[0]], keys: [1]) == [0])
    #expect(clusteredOrder(distances: [], keys: []).isEmpty)
    let equal = Array(repeating: Array(repeating: 0.0, count: 4), count: 4)
    #expect(clusteredOrder(distances: equal, keys: [1, 1, 1, 1]) == [0, 1, 2, 3], "ties keep the order")
  }

  @Test func clusteringMovesNumbersWithTheirNames() throws {
    try PaperFixture().use { folder in
      let matrices = try PaperMatrices(SweepResults(SweepFolder(folder)))
      for matrix in matrices.transfer + matrices.affinity {
        let clustered = matrix.clustered()
        for (row, name) in clustered.rows.enumerated() {
          for (column, other) in clustered.columns.enumerated() {
            let (i, j) = (
              try #require(matrix.rows.firstIndex(of: name)), try #require(matrix.columns.firstIndex(of: other))
            )
            #expect(clustered.entries[row][column] == matrix.entries[i][j])
          }
        }
        if matrix.isSquare { #expect(clustered.rows == clustered.columns) }
      }
    }
  }

  @Test func subsetsAreNamedByWhatTheyLackWhereThatIsShorter() {
    let four = SubsetLabels(units: ["d", "c", "b", "a"])
    #expect(four.label([]) == "base")
    #expect(four.label(["a", "b", "c", "d"]) == "all")
    #expect(four.label(["a", "b", "d"]) == "all but c")
    #expect(four.label(["d", "a"]) == "a+d")
    #expect(SubsetLabels(units: ["a", "b", "c"]).label(["a", "b", "c"]) == "a+b+c")
  }

  @Test func lossesAreLessAndScoresMoreIsBetter() throws {
    try PaperFixture().use { folder in
      let matrices = try PaperMatrices(SweepResults(SweepFolder(folder)))
      #expect(matrices.transfer.map(\.name) == ["transfer-loss", "transfer-metric"])
      #expect(matrices.affinity.map(\.name) == ["affinity-zero-shot", "affinity-pairwise", "affinity-leave-one-out"])
      let losses = matrices.scores[0]
      for (column, rows) in losses.best.enumerated() {
        let least = losses.rows.indices.compactMap { losses.entries[$0][column].cell?.value }.min()
        #expect(rows.contains { losses.entries[$0][column].cell?.value == least })
      }
      let gains = matrices.transfer[0]
      let trained = try #require(gains.rows.firstIndex(of: "QA"))
      #expect(gains.entries[trained][0].cell.map { $0.value > 0 } == true, "training on QA helps QA")
    }
  }

  @Test func cellsSayWhatTheirIntervalsCover() throws {
    var fixture = PaperFixture(seeds: [7])
    try fixture.use { folder in
      let caption = try PaperMatrices(SweepResults(SweepFolder(folder))).transfer[0].caption
      #expect(caption.contains("cover examples only: there is one seed"))
      #expect(caption.contains("Estimand: equal exposure per task."))
    }
    fixture.seeds = [1, 2]
    fixture.isThere = { subset, seed in subset != ["QA"] || seed == 1 }
    try fixture.use { folder in
      let matrix = try PaperMatrices(SweepResults(SweepFolder(folder))).transfer[0]
      let row = try #require(matrix.rows.firstIndex(of: "QA"))
      #expect(matrix.entries[row].allSatisfy { $0.cell?.isPartial == true })
      #expect(matrix.caption.contains("1 to 2 seeds") || matrix.caption.contains("there is one seed"))
    }
  }
}
