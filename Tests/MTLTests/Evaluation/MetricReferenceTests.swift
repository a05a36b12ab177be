import Foundation
import Testing

import MTL

/// Metrics against the Python packages that define them (Fixtures/metrics/make_fixtures.py).
@Suite struct MetricReferenceTests {
  struct Pair: Decodable {
    var prediction: String
    var references: [String]
    var rouge: [Double]
    var rouge_stemmed: [Double]
    var token_f1: Double
    var bleu: Double
    var bleu_lower: Double
    var bleu_none: Double
    var chrf: Double
    var chrfPlus: Double
    var chrf_lower: Double

    enum CodingKeys: String, CodingKey {
      case prediction, references, rouge, rouge_stemmed, token_f1, bleu, bleu_lower, bleu_none, chrf, chrf_lower
      case chrfPlus = "chrf++"
    }

    var outcome: ExampleOutcome { ExampleOutcome(prediction: prediction, references: references) }
  }

  static func pairs() throws -> [Pair] {
    try String(contentsOfFile: fixture("metrics/pairs.jsonl"), encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Pair.self, from: Data($0.utf8))
    }
  }

  static func json(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: fixture("metrics/" + name))) }

  private func score(_ metric: any Metric, _ outcomes: [ExampleOutcome]) -> Double {
    let parts = outcomes.map(metric.parts)
    let sum = parts.dropFirst().reduce(parts[0]) { zip($0, $1).map(+) }
    return metric.score(sum, count: outcomes.count)
  }

  private func metric(_ name: String, _ options: [String: [String]] = [:]) throws -> any Metric {
    try Metrics.named(name, options: MetricOptions(options))
  }

  private func expectEqual(_ a: Double, _ b: Double, _ pair: Pair) {
    #expect(abs(a - b) < 1e-9, "\(a) is not \(b) for \(pair.prediction.debugDescription) \(pair.references)")
  }

  @Test func rougeAgreesWithRougeScore() throws {
    let names = ["rouge1", "rouge2", "rougeL"]
    for pair in try Self.pairs() {
      for (i, name) in names.enumerated() {
        expectEqual(score(try metric(name), [pair.outcome]), pair.rouge[i], pair)
        let stemmed = try metric(name, ["use_stemmer": ["true"]])
        expectEqual(score(stemmed, [pair.outcome]), pair.rouge_stemmed[i], pair)
      }
    }
  }

  @Test func bleuAndCHRFOfASentenceAgreeWithSacrebleu() throws {
    let pairs = try Self.pairs()
    #expect(pairs.count >= 200)
    for pair in pairs {
      expectEqual(score(try metric("bleu"), [pair.outcome]), pair.bleu, pair)
      expectEqual(score(try metric("bleu", ["lowercase": ["true"]]), [pair.outcome]), pair.bleu_lower, pair)
      expectEqual(score(try metric("bleu", ["tokenize": ["none"]]), [pair.outcome]), pair.bleu_none, pair)
      expectEqual(score(try metric("chrf"), [pair.outcome]), pair.chrf, pair)
      expectEqual(score(try metric("chrf++"), [pair.outcome]), pair.chrfPlus, pair)
      expectEqual(score(try metric("chrf", ["lowercase": ["true"]]), [pair.outcome]), pair.chrf_lower, pair)
    }
  }

  @Test func bleuAndCHRFOfAnyResampleAgreeWithSacrebleu() throws {
    struct Corpus: Decodable {
      var indices: [Int]
      var bleu: Double
      var chrf: Double
    }
    let outcomes = try Self.pairs().map(\.outcome)
    for corpus in try JSONDecoder().decode([Corpus].self, from: Self.json("corpora.json")) {
      let sample = corpus.indices.map { outcomes[$0] }
      #expect(abs(score(try metric("bleu"), sample) - corpus.bleu) < 1e-9)
      #expect(abs(score(try metric("chrf"), sample) - corpus.chrf) < 1e-9)
    }
  }

  @Test func tokenF1IsSQuADs() throws {
    for pair in try Self.pairs() { expectEqual(score(try metric("token_f1"), [pair.outcome]), pair.token_f1, pair) }
  }

  @Test func stemsAreNLTKs() throws {
    let stems = try JSONDecoder().decode([String: String].self, from: Self.json("stems.json"))
    for (word, stem) in stems {
      #expect(String(decoding: PorterStemmer.stem(Array(word.utf8)), as: UTF8.self) == stem, "\(word)")
    }
  }

  @Test func macroF1IsScikitLearns() throws {
    struct Case: Decodable {
      var gold: [String]
      var answers: [String]
      var macro_f1: Double
    }
    let macro = try metric("macro_f1", ["labels": ["yes", "no", "maybe"]])
    for item in try JSONDecoder().decode([Case].self, from: Self.json("macro-f1.json")) {
      let outcomes = zip(item.gold, item.answers).map { gold, answer in
        ExampleOutcome(
          prediction: answer == "unparsed" ? nil : answer, isUnparsed: answer == "unparsed", references: [gold])
      }
      #expect(abs(score(macro, outcomes) - item.macro_f1) < 1e-12)
    }
  }

  @Test func taggedSpansHaveTheCountsOfConlleval() throws {
    struct Case: Decodable {
      var gold: [String]
      var answer: [String]
      var correct: Double
      var found: Double
      var wanted: Double
    }
    let chunks = try metric("chunk_f1")
    for item in try JSONDecoder().decode([Case].self, from: Self.json("chunks.json")) {
      let outcome = ExampleOutcome(
        prediction: item.answer.joined(separator: " "), references: [item.gold.joined(separator: " ")])
      #expect(chunks.parts(outcome) == [item.correct, item.found, item.wanted], "\(item)")
    }
  }
}
