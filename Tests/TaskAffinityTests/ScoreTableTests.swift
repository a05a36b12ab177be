import TaskAffinity
import Testing

@Suite struct ScoreTableTests {
  let tasks = [ScoredTask(name: "a", category: "A"), ScoredTask(name: "b", category: "B")]

  func table(_ metrics: [String: [MetricDefinition]] = [:]) throws -> ScoreTable {
    try ScoreTable(tasks: tasks, unitKind: .category, estimand: .equalExposure, metrics: metrics)
  }

  func scores(_ nll: [Double], ids: [String] = ["1", "2"], tokens: [Int] = [1, 3]) -> ExampleScores {
    ExampleScores(exampleIDs: ids, nll: nll, tokens: tokens)
  }

  @Test func differentExamplesAreRefused() throws {
    var table = try table()
    try table.insert(scores([1, 2]), subset: ["A"], seed: 1, task: "a")
    #expect(throws: AffinityError.self) {
      try table.insert(scores([1, 2], ids: ["1", "3"]), subset: ["B"], seed: 1, task: "a")
    }
    #expect(throws: AffinityError.self) {
      try table.insert(scores([1, 2], tokens: [1, 4]), subset: ["B"], seed: 1, task: "a")
    }
    do {
      try table.insert(scores([1], ids: ["1"], tokens: [1]), subset: ["B"], seed: 1, task: "a")
      Issue.record("a smaller evaluation set was accepted")
    } catch let error as AffinityError {
      #expect(error.description.contains("1 examples instead of 2"))
    }
  }

  @Test func examplesInAnotherOrderAreMatchedById() throws {
    var table = try table()
    try table.insert(scores([10, 20]), subset: .base, seed: nil, task: "a")
    try table.insert(scores([6, 1], ids: ["2", "1"], tokens: [3, 1]), subset: ["A"], seed: 1, task: "a")
    try table.insert(scores([5, 15]), subset: .base, seed: nil, task: "b")
    let matrix = try AffinityAnalysis(table).transferMatrix(.tasks)
    #expect(matrix[["A"], "a"]?.value.value == 7.0 / 4)
    #expect(matrix[["A"], "a"]?.overBase?.absolute.value == 30.0 / 4 - 7.0 / 4)
  }

  @Test func estimandsDoNotMix() throws {
    var table = try table()
    #expect(throws: AffinityError.mixedEstimands(.equalExposure, .equalTotal)) {
      try table.insert(scores([1, 2]), subset: ["A"], seed: 1, task: "a", estimand: .equalTotal)
    }
  }

  @Test func theBaseHasNoSeedAndARunHasOne() throws {
    var table = try table()
    #expect(throws: AffinityError.seedMismatch(subset: .base, seed: 1)) {
      try table.insert(scores([1, 2]), subset: .base, seed: 1, task: "a")
    }
    #expect(throws: AffinityError.seedMismatch(subset: ["A"], seed: nil)) {
      try table.insert(scores([1, 2]), subset: ["A"], seed: nil, task: "a")
    }
  }

  @Test func malformedScoresAreRefused() throws {
    var table = try table(["a": [.mean("accuracy")]])
    #expect(throws: AffinityError.self) { try table.insert(scores([1, 2]), subset: ["A"], seed: 1, task: "a") }
    #expect(throws: AffinityError.self) { try table.insert(scores([.nan, 2]), subset: ["A"], seed: 1, task: "b") }
    #expect(throws: AffinityError.noExamples(task: "b")) {
      try table.insert(scores([], ids: [], tokens: []), subset: ["A"], seed: 1, task: "b")
    }
    #expect(throws: AffinityError.unknownTask("c")) {
      try table.insert(scores([1, 2]), subset: ["A"], seed: 1, task: "c")
    }
    #expect(throws: AffinityError.unknownUnit("X", subset: ["X"])) {
      try table.insert(scores([1, 2]), subset: ["X"], seed: 1, task: "b")
    }
  }

  @Test func missingRunsAreNamedAndNeverZero() throws {
    var table = try ScoreTable(
      tasks: tasks, unitKind: .category, estimand: .equalExposure, subsets: [["A"], ["B"]], seeds: [1])
    for task in ["a", "b"] {
      try table.insert(scores([10, 20]), subset: .base, seed: nil, task: task)
      try table.insert(scores([8, 10]), subset: ["A"], seed: 1, task: task)
    }
    #expect(table.missing.map(\.subset) == [["B"], ["B"]])
    let matrix = try AffinityAnalysis(table).affinityMatrix(.zeroShot, level: .tasks)
    #expect(matrix["A", "b"]?.absolute.value == 3)
    #expect(matrix["B", "a"] == nil)
    #expect(matrix.text().contains("2 cells of 1 runs are missing (B seed 1)"))
  }
}
