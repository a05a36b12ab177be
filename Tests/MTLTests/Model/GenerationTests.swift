import Foundation
import MTL
import Testing

@Suite struct GenerationTests {
  @Test(arguments: ["llama-gqa", "llama-tied"]) func greedyTokensOfTinyModelsAgree(_ name: String) throws {
    let fixture = try ReferenceModel(name)
    let generator = Generator(model: fixture.model, adapter: nil, pool: WorkerPool(count: 2))
    let reference = fixture.reference
    let result = try generator.generate(
      [reference.greedy_prompt], DecodingSettings(maxNewTokens: reference.greedy_continuation.count))
    #expect(result == [reference.greedy_continuation])
  }

  @Test func greedyTokensOfSmolLMAgree() throws {
    let smol = try SmolLM.load()
    let generator = Generator(model: smol.model, adapter: nil, pool: WorkerPool(count: 2))
    let result = try generator.generate(
      smol.numbers.examples.map(\.prompt_ids), DecodingSettings(maxNewTokens: 32, stopTokens: [2]))
    for (ids, example) in zip(result, smol.numbers.examples) {
      #expect(ids == example.greedy_ids.filter { $0 != 2 })
    }
  }

  /// The decoding path (key/value cache, divided columns, adapters applied piecewise) against the packed forward pass.
  @Test(arguments: ["llama-gqa", "llama-tied"], [1, 3]) func decodingFollowsTheForwardPass(
    _ name: String, _ workers: Int
  ) throws {
    let fixture = try ReferenceModel(name)
    let adapter = try fixture.adapter("adapter_final")
    let prompts: [[Int32]] = [[5, 9, 12, 7], [44, 2, 3], [99, 98, 97, 96, 95, 94]]
    let pool = WorkerPool(count: workers)
    let generated = try Generator(model: fixture.model, adapter: adapter, pool: pool, batchSize: 2)
      .generate(prompts, DecodingSettings(maxNewTokens: 12))
    let scorer = LikelihoodScorer(model: fixture.model, adapter: adapter, pool: pool)
    for (prompt, ids) in zip(prompts, generated) {
      #expect(ids.count == 12)
      // Greedy means: no other token is likelier at any place.
      for place in ids.indices {
        let context = prompt + ids[..<place]
        let vocabulary = (0..<Int32(fixture.model.configuration.vocabularySize)).map { [$0] }
        let scores = try scorer.score([Continuations(prompt: context, choices: vocabulary)])[0].map(\.nll)
        let best = try #require(scores.indices.min { scores[$0] < scores[$1] })
        #expect(Int32(best) == ids[place])
      }
    }
  }

  @Test(arguments: BaseCompute.allCases, [BaseStorage.fp32, .bf16])
  func aPromptIsContinuedTheSameWayWhateverItIsBatchedWith(_ compute: BaseCompute, _ storage: BaseStorage) throws {
    let fixture = try ReferenceModel("llama-gqa", storage: storage, compute: compute)
    let adapter = try fixture.adapter("adapter_final")
    let prompts: [[Int32]] = (0..<7).map { i in (0..<Int32(3 + i)).map { 11 + $0 * 7 + Int32(i) * 13 } }
    var results: [[[Int32]]] = []
    for (workers, batch) in [(1, 1), (2, 4), (3, 16)] {
      let generator = Generator(
        model: fixture.model, adapter: adapter, pool: WorkerPool(count: workers), batchSize: batch)
      let settings = DecodingSettings(maxNewTokens: 20, temperature: 0.8, seed: 3)
      results.append(try generator.generate(prompts, settings))
    }
    #expect(results[0] == results[1] && results[1] == results[2])
    #expect(Set(results[0]).count == prompts.count)
  }

  @Test func sharedPrefixesChangeNothing() throws {
    let smol = try SmolLM.load()
    let generator = Generator(model: smol.model, adapter: nil, pool: WorkerPool(count: 2))
    let prompts = smol.numbers.examples.map(\.prompt_ids)
    let settings = DecodingSettings(maxNewTokens: 8, stopTokens: [2])
    let together = try generator.generate(prompts, settings)
    for (prompt, ids) in zip(prompts, together) { #expect(try generator.generate([prompt], settings) == [ids]) }
  }

  @Test func choicesScoreAsIfEachStoodAlone() throws {
    let smol = try SmolLM.load()
    let pool = WorkerPool(count: 2)
    let scorer = LikelihoodScorer(model: smol.model, adapter: nil, pool: pool)
    let answers = smol.numbers.examples.map(\.answer_ids)
    let items = smol.numbers.examples.map { Continuations(prompt: $0.prompt_ids, choices: answers + [[5], [6, 7]]) }
    let together = try scorer.score(items)
    for (item, scores) in zip(items, together) {
      let alone = try scorer.score(item.choices.map { TokenSequence(prompt: item.prompt, answer: $0) })
      for (a, b) in zip(scores, alone) {
        #expect(a.tokens == b.tokens)
        #expect(abs(a.nll - b.nll) < 1e-4 * b.nll)
      }
    }
  }

  @Test func badPromptsAreNamed() throws {
    let fixture = try ReferenceModel("llama-gqa")
    let generator = Generator(model: fixture.model, adapter: nil, pool: WorkerPool(count: 1))
    #expect(throws: GenerationError.emptyPrompt(number: 1)) {
      try generator.generate([[1], []], DecodingSettings())
    }
    #expect(throws: GenerationError.promptTooLong(number: 0, tokens: 128, limit: 128)) {
      try generator.generate([Array(repeating: 3, count: 128)], DecodingSettings())
    }
  }
}
