import Foundation
import Testing

import MTL

@Suite struct ExtractionMetricTests {
  private func outcome(_ prediction: String?, _ references: String...) -> ExampleOutcome {
    ExampleOutcome(prediction: prediction, isUnparsed: prediction == nil, references: references)
  }

  private func metric(_ name: String, _ options: [String: [String]] = [:]) throws -> any Metric {
    try Metrics.named(name, options: MetricOptions(options))
  }

  private func choiceOutcome(nll: [Double], tokens: [Int], choices: [String], gold: Int) -> ExampleOutcome {
    ExampleOutcome(
      choiceLikelihoods: zip(nll, tokens).map(Likelihood.init), goldChoice: gold, choices: choices,
      references: [choices[gold]])
  }

  @Test func lengthNormalisationDecidesBetweenChoices() throws {
    let outcome = choiceOutcome(
      nll: [3, 5, 4], tokens: [1, 4, 2], choices: ["no", "not at all certain", "maybe"], gold: 1)
    #expect(try metric("acc").parts(outcome) == [0])
    #expect(try metric("acc_norm").parts(outcome) == [1])
    #expect(try metric("acc_token_norm").parts(outcome) == [1])
  }

  @Test func macroF1OfChoicesCountsTheLikeliest() throws {
    let macro = try metric("macro_f1")
    let choices = ["yes", "no"]
    let right = choiceOutcome(nll: [1, 2], tokens: [1, 1], choices: choices, gold: 0)
    let wrong = choiceOutcome(nll: [1, 2], tokens: [1, 1], choices: choices, gold: 1)
    #expect(macro.parts(right) == [1, 1, 1, 0, 0, 0])
    #expect(macro.parts(wrong) == [0, 1, 0, 0, 0, 1])
    // yes: 1 of 2 answers right, all found: 2/3; no: 0.
    #expect(abs(macro.score([1, 2, 1, 0, 0, 1], count: 2) - 1.0 / 3) < 1e-12)
  }

  @Test func strictSpansNeedTextAndType() throws {
    let strict = try metric("span_f1", ["types": ["Chemical", "Disease"]])
    let wanted = "Chemical: naloxone; clonidine\nDisease: hypertension"
    #expect(
      strict.parts(outcome("Chemical: Naloxone;  clonidine; Disease: hypertension", wanted)) == [
        2, 2, 2, 1, 1, 1, 0, 0, 0,
      ])
    #expect(
      strict.parts(outcome("chemical: hypertension; naloxone\nheadache", wanted)) == [
        1, 2, 2, 0, 0, 1, 0, 1, 0,
      ])
    #expect(strict.parts(outcome("none", "none")) == [Double](repeating: 0, count: 9))
    #expect(strict.score([Double](repeating: 0, count: 9), count: 1) == 1)
  }

  @Test func anItemGivenTwiceHasToBeWantedTwice() throws {
    let strict = try metric("span_f1")
    #expect(strict.parts(outcome("fever; fever; fever", "fever; fever")) == [2, 3, 2])
  }

  @Test func aColonWithinAnItemIsNotAType() throws {
    let strict = try metric("span_f1", ["types": ["Drug"]])
    #expect(strict.parts(outcome("Drug: ratio 1:2 solution", "Drug: ratio 1:2 solution")) == [1, 1, 1, 0, 0, 0])
  }

  @Test func relaxedSpansNeedASharedWord() throws {
    let relaxed = try metric("span_f1_relaxed")
    #expect(relaxed.parts(outcome("severe chest pain; cough", "pain in the chest; fever; pain")) == [1, 2, 2, 3])
    #expect(relaxed.parts(outcome("loss of the will", "head of the department")) == [0, 0, 1, 1])
    let (precision, recall) = (0.5, 2.0 / 3)
    #expect(abs(relaxed.score([1, 2, 2, 3], count: 1) - 2 * precision * recall / (precision + recall)) < 1e-12)
  }

  @Test func argumentsHaveAScoreEach() throws {
    let arguments = try #require(try metric("argument_f1", ["arguments": ["Drug, Effect"]]) as? SpanF1)
    let parts = arguments.parts(outcome("Drug: naproxen\nEffect: rash; fever", "Drug: naproxen\nEffect: rash"))
    let details = arguments.details(parts)
    #expect(details.map(\.name) == ["Drug", "Effect"])
    #expect(details[0].score == 1)
    #expect(abs(details[1].score - 2.0 / 3) < 1e-12)
    let words = try metric("argument_f1_words", ["arguments": ["Effect"]])
    #expect(words.parts(outcome("Effect: tense bullae on the face", "Effect: tense bullae"))[0..<3] == [2, 5, 2])
  }

  @Test func theReferenceThatFitsBestCounts() throws {
    #expect(try metric("span_f1").parts(outcome("a b; c", "x", "c; d", "y; z")) == [1, 2, 2])
  }

  @Test func conditionalAccuracyLooksAtAnsweredExamplesOnly() throws {
    let conditional = try metric("conditional_acc", ["labels": ["A", "B", "neither"]])
    let parts = [outcome("a", "A"), outcome("B", "A"), outcome(nil, "B"), outcome("perhaps", "B")].map(
      conditional.parts)
    #expect(parts == [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1]])
    #expect(conditional.score([1, 2, 4], count: 4) == 0.5)
    #expect(conditional.score([0, 0, 4], count: 4) == 0)
  }

  @Test func unparsedAnswersAreWrongForEveryMetric() throws {
    for name in Set(Metrics.names) {
      let options = name.hasPrefix("argument") ? ["arguments": ["Drug"]] : [:]
      let metric = try metric(name, options)
      let answered = ExampleOutcome(
        prediction: nil, isUnparsed: true, goldChoice: 0, choices: ["yes", "no"], references: ["yes"])
      #expect(metric.score(metric.parts(answered), count: 1) == 0, "\(name)")
    }
  }

  @Test func everyMetricsStoredPartsCanBeScoredWithoutItsOptions() throws {
    let outcome = ExampleOutcome(
      prediction: "Drug: yes; no of b", choiceLikelihoods: [.init(nll: 1, tokens: 1), .init(nll: 2, tokens: 1)],
      goldChoice: 0, choices: ["yes", "no"], references: ["Drug: yes; b"])
    for name in Metrics.names {
      let made = try metric(name, name.hasPrefix("argument") ? ["arguments": ["Drug", "Effect"]] : [:])
      let parts = made.parts(outcome)
      #expect(!parts.isEmpty)
      #expect(try Metrics.scoring(made.aggregation)(parts, 1) == made.score(parts, count: 1), "\(name)")
    }
  }

  @Test func wrongNamesAndOptionsAreReportedWithTheNearest() throws {
    #expect(throws: MetricError.unknown(name: "rougel", nearest: "rougeL", known: Metrics.names)) {
      try metric("rougel")
    }
    let error = #expect(throws: MetricError.self) { try metric("bleu", ["lowercas": ["true"]]) }
    #expect(error?.description == "the metric `bleu` has no option `lowercas`; did you mean `lowercase`?")
    #expect(throws: MetricError.missingOption(metric: "argument_f1", option: "arguments", example: "[Drug, Effect]")) {
      try metric("argument_f1")
    }
  }
}
