import Foundation
import MTL
import Testing

/// Agreement with transformers and PEFT on SmolLM2-135M-Instruct, from its 4-bit GGUF file.
@Suite struct SmolLMReferenceTests {
  @Test func answerLikelihoodsAgree() throws {
    let smol = try SmolLM.load()
    let batch = PackedBatch(smol.numbers.examples.map(\.sequence))
    let losses = try smol.model.losses(batch, adapter: nil, Workspace())
    for (range, example) in zip(batch.labelledBlocks, smol.numbers.examples) {
      let sum = losses[range].reduce(0) { $0 + Double($1) }
      #expect(abs(sum - example.answer_nll_sum) < 1e-4 * example.answer_nll_sum)
    }
  }

  @Test func tenLargestLogitsAgree() throws {
    let smol = try SmolLM.load()
    let workspace = Workspace()
    for example in smol.numbers.examples {
      let batch = PackedBatch([TokenSequence(prompt: example.prompt_ids, answer: [0])])
      let selection = LayerContext.Selection(
        rows: [example.prompt_ids.count - 1],
        spans: [
          AttentionSpan(
            queries: 0..<1, keys: 0..<batch.tokens.count, visible: [Int32(example.prompt_ids.count)])
        ])
      let states = try smol.model.finalStates(batch, selecting: selection, adapter: nil, workspace)
      let logits = workspace.matrix(1, smol.model.configuration.vocabularySize)
      smol.model.output.logits(states, into: logits, workspace)
      let row = logits.elements
      let top = row.indices.sorted { row[$0] > row[$1] }.prefix(10)
      #expect(top.map { Int32($0) } == example.first_answer_token_top10.ids)
      for (index, expected) in zip(top, example.first_answer_token_top10.logits) {
        #expect(abs(row[index] - expected) < 1e-3)
      }
    }
  }

  @Test func eightAdamWStepsAgree() throws {
    let smol = try SmolLM.load()
    var settings = TrainingSettings()
    settings.learningRate = 1e-3
    settings.schedule = .constant
    settings.warmup = 0
    settings.batchSize = 4
    settings.epochs = 8
    settings.shuffle = false
    let examples = smol.numbers.examples.map { TrainingExample(name: $0.question, sequence: $0.sequence) }
    let adapter = try loadAdapter(
      fixtureURL("smollm2-135m/adapter_init"), SmolLM.loraSettings, smol.model.configuration)
    let trainer = try Trainer(
      model: smol.model, adapter: adapter, data: TrainingData(examples, settings), settings: settings,
      pool: WorkerPool(count: 2))
    for (loss, norm) in zip(smol.numbers.training.step_loss, smol.numbers.training.step_grad_norm) {
      let step = try trainer.step()
      #expect(abs(step.loss - loss) < 1e-4 * loss)
      #expect(abs(step.gradNorm - norm) < 1e-3 * norm)
    }
  }
}
