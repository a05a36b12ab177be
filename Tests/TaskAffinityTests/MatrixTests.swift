import Foundation
import TaskAffinity
import Testing

/// Matrices of tables whose entries can be worked out by hand.
@Suite struct MatrixTests {
  /// One example of one token a task, twice, so that the loss is the number given.
  func table(
    _ losses: [Subset: [Int: [String: Double]]], categories: [String: String] = ["a": "A", "b": "B", "c": "C"],
    unitKind: UnitKind = .task
  ) throws -> ScoreTable {
    let tasks = categories.sorted { $0.key < $1.key }.map { ScoredTask(name: $0.key, category: $0.value) }
    var table = try ScoreTable(tasks: tasks, unitKind: unitKind, estimand: .equalTotal)
    for (subset, seeds) in losses.sorted(by: { $0.key < $1.key }) {
      for (seed, byTask) in seeds {
        for (task, loss) in byTask {
          let scores = ExampleScores(exampleIDs: ["1", "2"], nll: [loss * 0.9, loss * 1.1], tokens: [1, 1])
          try table.insert(scores, subset: subset, seed: subset.isBase ? nil : seed, task: task)
        }
      }
    }
    return table
  }

  /// All subsets of a, b, c: the loss of a is 8 alone, 1 less with b, 0.5 more with c, and 2 less with both.
  func threeTasks() throws -> ScoreTable {
    func loss(_ a: Double) -> [Int: [String: Double]] {
      [1: ["a": a, "b": 5, "c": 5], 2: ["a": a + 0.2, "b": 5, "c": 5]]
    }
    return try table([
      .base: [0: ["a": 10, "b": 5, "c": 5]], ["a"]: loss(8), ["b"]: loss(9.5), ["c"]: loss(10.5), ["a", "b"]: loss(7),
      ["a", "c"]: loss(8.5), ["b", "c"]: loss(9), ["a", "b", "c"]: loss(6),
    ])
  }

  @Test func gainsOfAllThreeBaselinesAreTheDifferences() throws {
    let matrix = try AffinityAnalysis(try threeTasks()).transferMatrix(.tasks)
    let cell = try #require(matrix[["a", "b"], "a"])
    #expect(isClose(cell.value.value, 7.1))
    #expect(isClose(try #require(cell.overBase).absolute.value, 2.9))
    #expect(isClose(try #require(cell.overBase?.relative).value, 0.29))
    #expect(isClose(try #require(cell.overSingle).absolute.value, 1))
    #expect(isClose(try #require(cell.overSingle?.relative).value, 1 / 8.1))
    #expect(isClose(try #require(cell.overAll).absolute.value, -1))
    #expect(cell.value.seeds == 2)
    #expect(cell.overBase?.absolute.scope == .seedsAndExamples)
  }

  @Test func everyKindOfAffinityIsItsDefinition() throws {
    let analysis = try AffinityAnalysis(try threeTasks())
    func value(_ kind: AffinityKind, _ row: String) throws -> Double? {
      try analysis.affinityMatrix(kind, level: .tasks, ridge: 1e-9)[row, "a"]?.absolute.value
    }
    #expect(isClose(try #require(try value(.zeroShot, "b")), 0.4))
    #expect(isClose(try #require(try value(.zeroShot, "c")), -0.6))
    #expect(isClose(try #require(try value(.pairwise, "b")), 1))
    #expect(try value(.pairwise, "a") == nil)
    #expect(isClose(try #require(try value(.leaveOneOut, "b")), 2.5))
    #expect(isClose(try #require(try value(.leaveOneOut, "a")), 3))
    // Scores with b: 7 and 6, with c: 8.5 and 6; means 6.5 and 7.25, centre 6.875.
    #expect(isClose(try #require(try value(.higherOrder, "b")), 0.375))
    #expect(isClose(try #require(try value(.higherOrder, "c")), -0.375))
    // Least squares on the four subsets that hold a: 8, 7, 8.5, 6.
    #expect(isClose(try #require(try value(.surrogate, "b")), 1.75, 1e-6))
    #expect(isClose(try #require(try value(.surrogate, "c")), 0.25, 1e-6))
  }

  @Test func aCategoryIsTheMeanOfItsTasks() throws {
    let run: [String: Double] = ["a": 4, "b": 2]
    let table = try table(
      [.base: [0: ["a": 5, "b": 4, "c": 3]], ["A"]: [1: run.merging(["c": 3]) { $1 }]],
      categories: ["a": "A", "b": "A", "c": "C"], unitKind: .category)
    let matrix = try AffinityAnalysis(table).affinityMatrix(.zeroShot, level: .categories)
    #expect(matrix.rows == ["A", "C"])
    #expect(isClose(try #require(matrix["A", "A"]).absolute.value, 1.5))
    #expect(isClose(try #require(matrix["A", "A"]?.relative).value, (0.2 + 0.5) / 2))
    #expect(matrix["C", "A"] == nil)
  }

  @Test func categoriesOfTaskUnitsAverageOverPairsOfDifferentTasks() throws {
    func all(_ a: Double, _ b: Double, _ c: Double) -> [Int: [String: Double]] { [1: ["a": a, "b": b, "c": c]] }
    let table = try table(
      [.base: [0: ["a": 10, "b": 10, "c": 10]], ["a"]: all(1, 8, 9), ["b"]: all(6, 1, 10), ["c"]: all(10, 9, 1)],
      categories: ["a": "A", "b": "A", "c": "C"])
    let matrix = try AffinityAnalysis(table).affinityMatrix(.zeroShot, level: .categories)
    #expect(isClose(try #require(matrix["A", "A"]).absolute.value, 3))
    #expect(isClose(try #require(matrix["A", "C"]).absolute.value, 0.5))
    #expect(isClose(try #require(matrix["C", "A"]).absolute.value, 0.5))
    #expect(matrix["C", "C"] == nil)
  }

  @Test func metricsThatRiseAreGainsWhenTheyRise() throws {
    var table = try ScoreTable(
      tasks: [ScoredTask(name: "a", category: "A")], unitKind: .category, estimand: .equalExposure,
      metrics: [
        "a": [
          .mean("accuracy"), .mean("error", higherIsBetter: false),
          MetricDefinition(name: "f1", parts: 3) { sums, _ in 2 * sums[0] / (2 * sums[0] + sums[1] + sums[2]) },
        ]
      ])
    func scores(_ right: [Double]) -> ExampleScores {
      ExampleScores(
        exampleIDs: ["1", "2", "3", "4"], nll: [1, 1, 1, 1], tokens: [1, 1, 1, 1],
        metricParts: [
          "accuracy": right.map { [$0] }, "error": right.map { [1 - $0] }, "f1": right.map { [$0, 1 - $0, 1 - $0] },
        ])
    }
    try table.insert(scores([1, 0, 0, 1]), subset: .base, seed: nil, task: "a")
    try table.insert(scores([1, 1, 0, 1]), subset: ["A"], seed: 4, task: "a")
    for (metric, value) in [("accuracy", 0.75), ("error", 0.25), ("f1", 0.75)] {
      let cell = try AffinityAnalysis(table, quantity: .metric(metric)).transferMatrix(.tasks)[["A"], "a"]
      #expect(isClose(try #require(cell).value.value, value))
      #expect(isClose(try #require(cell?.overBase).absolute.value, 0.25))
    }
    #expect(throws: AffinityError.unknownMetric("rouge")) { try AffinityAnalysis(table, quantity: .metric("rouge")) }
  }

  @Test func contrastsUseTheSeedsThatBothSidesHave() throws {
    let table = try table([
      ["a"]: [1: ["a": 8], 2: ["a": 4]], ["a", "b"]: [2: ["a": 3]], .base: [0: ["a": 10]],
    ])
    let matrix = try AffinityAnalysis(table).affinityMatrix(.pairwise, level: .tasks)
    let gain = try #require(matrix["b", "a"]?.absolute)
    #expect(isClose(gain.value, 1))
    #expect(gain.seeds == 1)
  }

  @Test func matricesSurviveJSON() throws {
    let analysis = try AffinityAnalysis(try threeTasks(), bootstrap: BootstrapSettings(draws: 200))
    let matrix = try analysis.affinityMatrix(.pairwise, level: .tasks)
    let again = try JSONDecoder().decode(AffinityMatrix.self, from: JSONEncoder().encode(matrix))
    #expect(again.cells == matrix.cells && again.rows == matrix.rows && again.quantity == matrix.quantity)
    let transfer = analysis.transferMatrix(.categories)
    let back = try JSONDecoder().decode(TransferMatrix.self, from: JSONEncoder().encode(transfer))
    #expect(back.cells == transfer.cells && back.rows == transfer.rows)
  }

  @Test func textIsAlignedAndSaysWhatItShows() throws {
    let matrix = try AffinityAnalysis(try threeTasks(), bootstrap: BootstrapSettings(draws: 200))
      .affinityMatrix(.pairwise, level: .tasks)
    let text = matrix.text()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "pairwise affinity: gain of the column over training alone, when the row is added")
    #expect(lines[1] == "loss, per cent; positive helps")
    #expect(
      lines[2]
        == "equal total training; 95% BCa bootstrap intervals over 2 seeds and examples; * interval excludes zero")
    #expect(lines[4].hasPrefix("trained on  "))
    #expect(lines[6].hasPrefix("a  "))
    #expect(!text.contains("\u{1B}"))
    #expect(text.contains("where the error comes from: seeds"))
    #expect(!matrix.text(style: MatrixStyle(intervals: false)).contains("["))
    #expect(matrix.text(style: MatrixStyle(colours: true)).contains("\u{1B}[32m"))
  }
}
