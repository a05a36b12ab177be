import Foundation
import MTL
import Testing

@Suite struct TaskEvaluatorTests {
  struct Letters: InstructionTask {
    let name = "letters"
    let category = "c"
    let outputType = OutputType.generateUntil
    var metrics: [any Metric] = []
    let generation = TaskGeneration(maxNewTokens: 6)
    var answerRule = AnswerRule()

    func digest() -> String { name }
    func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) -> [TaskExample] {
      let prompts = ["ab", "abc", "cab fed", "fed"]
      return prompts.map { TaskExample(id: $0, prompt: $0, target: "abc") }
    }
  }

  /// What a model of random weights does with the task.
  static func evaluate(_ task: Letters) throws -> TaskEvaluation {
    try withTemporaryDirectory { folder in
      try SmallestModel.randomGGUF(seed: 4).write(to: URL(filePath: folder + "/model.gguf"))
      let source = try ModelSource.open(path: folder + "/model.gguf")
      let format = PromptFormat(tokenizer: try source.tokenizer(), chat: nil)
      let set = try EvaluationSet(task: task, limit: nil, seed: 0, format: format, maxLength: 32)
      return try TaskEvaluator(
        model: try LanguageModel(source), adapter: nil, format: format, pool: WorkerPool(count: 1)
      ).evaluate(set)
    }
  }

  @Test func answersThatTheRuleDoesNotFitAreCountedAndWrong() throws {
    var task = Letters(metrics: [try Metrics.named("token_f1")])
    let all = try Self.evaluate(task)
    #expect(all.predictions.count == 4)
    #expect(all.unparsed == all.predictions.count { AnswerRule().parse($0) == nil })
    // No token of this model is a digit.
    task.answerRule = AnswerRule(.number)
    let none = try Self.evaluate(task)
    #expect(none.unparsed == 4 && none.unparsedShare == 1)
    #expect(none.metrics[0].score == 0 && none.metrics[0].parts == [[0], [0], [0], [0]])
    #expect(none.predictions == all.predictions && none.nll == all.nll)
    task.answerRule = AnswerRule(.pattern("[a-f]"))
    let some = try Self.evaluate(task)
    #expect(some.unparsed < 4)
    #expect(some.unparsed == some.predictions.count { !$0.contains(/[a-f]/) })
  }

  @Test func scoresOfTypesAreKeptWithTheirNames() throws {
    let options = MetricOptions(["arguments": ["Drug", "Effect"]])
    let result = try Self.evaluate(Letters(metrics: [try Metrics.named("argument_f1", options: options)]))
    // Nothing of either is wanted or found.
    #expect(result.metrics[0].details == [.init(name: "Drug", score: 1), .init(name: "Effect", score: 1)])
    #expect(result.metrics[0].aggregation == "argument_f1")
    let sums = result.metrics[0].parts.reduce(Array(repeating: 0.0, count: 9)) { zip($0, $1).map(+) }
    #expect(try Metrics.scoring("argument_f1")(sums, 4) == result.metrics[0].score)
  }

  @Test func aPluginsMetricIsScoredFromItsPartsAlone() throws {
    for score in PartsScore.allCases {
      let metric = ProcessMetric(
        name: "f1", command: ProcessCommand(["none"], folder: "/"), score: score, isAllowed: false)
      #expect(try Metrics.scoring(metric.aggregation)([3, 4, 5], 6) == metric.score([3, 4, 5], count: 6))
    }
    #expect(try Metrics.scoring("parts:f1")([3, 4, 5], 6) == 6.0 / 15)
    #expect(throws: MetricError.self) { try Metrics.scoring("parts:median") }
  }
}
