import Foundation
import MTL
import Testing

@Suite struct MetricTests {
  private func score(_ metric: any Metric, _ outcomes: [ExampleOutcome]) -> Double {
    let parts = outcomes.map(metric.parts)
    return metric.score(parts.dropFirst().reduce(parts[0]) { zip($0, $1).map(+) }, count: parts.count)
  }

  @Test func setF1IsTheMicroAverageOfDistinctItems() throws {
    let outcomes = [
      ExampleOutcome(prediction: " Aspirin;metformin ; aspirin;", references: ["metformin; warfarin; aspirin"]),
      ExampleOutcome(prediction: nil, references: ["none"]),
    ]
    let metric = try Metrics.named("set_f1")
    #expect(metric.parts(outcomes[0]) == [2, 2, 3])
    #expect(metric.parts(outcomes[1]) == [0, 0, 1])
    #expect(abs(score(metric, outcomes) - 2 * 2 / 6.0) < 1e-12)
  }

  @Test func accuracyTakesTheLikeliestChoiceWholeOrByByte() throws {
    let outcome = ExampleOutcome(
      choiceLikelihoods: [Likelihood(nll: 3, tokens: 1), Likelihood(nll: 4, tokens: 2)], goldChoice: 1,
      choices: ["no", "certainly"], references: ["certainly"])
    #expect(score(try Metrics.named("acc"), [outcome]) == 0)
    #expect(score(try Metrics.named("acc_norm"), [outcome]) == 1)
  }

  @Test func macroF1CountsRareAnswersAsMuchAsCommonOnes() throws {
    func outcome(_ taken: Int, _ gold: Int) -> ExampleOutcome {
      ExampleOutcome(
        choiceLikelihoods: (0..<3).map { Likelihood(nll: $0 == taken ? 1 : 2, tokens: 1) }, goldChoice: gold,
        choices: ["yes", "no", "maybe"])
    }
    let outcomes = [outcome(0, 0), outcome(0, 0), outcome(0, 0), outcome(0, 1)]
    #expect(abs(score(try Metrics.named("macro_f1"), outcomes) - (6 / 7.0 + 0) / 2) < 1e-12)
    #expect(score(try Metrics.named("macro_f1"), [outcome(1, 1), outcome(2, 2)]) == 1)
  }

  @Test func textMatchesFollowTheirRules() throws {
    let outcome = ExampleOutcome(prediction: " The Aspirin!\n", references: ["aspirin"])
    #expect(score(try Metrics.named("exact_match"), [outcome]) == 0)
    let loose = try Metrics.named("exact_match", options: ["ignore_case": "true", "ignore_punctuation": "true"])
    #expect(score(loose, [ExampleOutcome(prediction: " Aspirin! ", references: ["aspirin"])]) == 1)
    #expect(score(try Metrics.named("f1"), [outcome]) == 1)
  }

  @Test func perfectAnswersScoreOneAndMissingOnesZero() throws {
    for name in ["exact_match", "set_f1", "token_f1", "rouge1", "rougeL"] {
      let metric = try Metrics.named(name)
      let perfect = ["a cough", "fever; chills"].map { ExampleOutcome(prediction: $0, references: [$0]) }
      #expect(score(metric, perfect) == 1, "\(name)")
      #expect(score(metric, [ExampleOutcome(prediction: nil, references: ["fever"])]) == 0, "\(name)")
      #expect(score(metric, perfect) == score(metric, perfect.reversed()))
    }
  }

  @Test func anUnknownMetricNamesTheNearest() {
    #expect(throws: MetricError.unknown(name: "rogueL", nearest: "rougeL", known: Metrics.names)) {
      try Metrics.named("rogueL")
    }
  }
}
