import Foundation
import MTL
import Testing

@Suite struct TrainerTests {
  @Test func longPromptsAreCutFromTheLeftAndAnswersNever() throws {
    let sequence = TokenSequence(prompt: [1, 2, 3, 4, 5], answer: [6, 7, 8])
    #expect(sequence.truncatedLeft(to: 8) == sequence)
    #expect(sequence.truncatedLeft(to: 5) == TokenSequence(prompt: [4, 5], answer: [6, 7, 8]))
    #expect(sequence.truncatedLeft(to: 4) == TokenSequence(prompt: [5], answer: [6, 7, 8]))
    #expect(sequence.truncatedLeft(to: 3) == nil)
    let data = try TrainingData(
      [TrainingExample(name: "a", sequence: sequence)], epochs: [[0]], maxLength: 5)
    #expect(data.truncatedCount == 1)
    #expect(throws: TrainingError.answerTooLong(example: "a", tokens: 3, limit: 3)) {
      try TrainingData([TrainingExample(name: "a", sequence: sequence)], epochs: [[0]], maxLength: 3)
    }
  }

  @Test func emptyAnswersAndEmptyDataAreRefused() {
    #expect(throws: TrainingError.noExamples) { try TrainingData([], epochs: [[]], maxLength: 9) }
    let empty = TrainingExample(name: "line 3", sequence: TokenSequence(prompt: [1, 2], answer: []))
    #expect(throws: TrainingError.emptyAnswer(example: "line 3")) {
      try TrainingData([empty], epochs: [[0]], maxLength: 9)
    }
  }

  @Test func aLossThatIsNotANumberLeavesTheLastGoodState() throws {
    let fixture = try ReferenceModel("llama-gqa")
    var settings = fixture.reference.trainingSettings
    settings.learningRate = 1e18
    settings.maxGradNorm = 0
    let examples = fixture.reference.batches.flatMap(\.sequences).enumerated().map {
      TrainingExample(name: "example \($0)", sequence: $1)
    }
    let adapter = try fixture.adapter("adapter_init")
    let trainer = try Trainer(
      model: fixture.model, adapter: adapter, data: TrainingData(examples, settings), settings: settings,
      pool: WorkerPool(count: 2))
    var good: [Float] = []
    let error = #expect(throws: TrainingError.self) {
      while true {
        good = adapter.parameters.values
        try trainer.step()
      }
    }
    let step = trainer.history.count
    #expect(error == .notFinite(step: step + 1, examples: (0..<4).map { "example \(step * 4 + $0)" }))
    #expect(adapter.parameters.values.map(\.bitPattern) == good.map(\.bitPattern))
  }

  @Test func everyBadSettingIsReportedAtOnce() throws {
    var settings = TrainingSettings()
    settings.learningRate = -1
    settings.batchSize = 0
    settings.epochs = 0
    settings.warmup = .nan
    #expect(settings.problems.count == 4)
  }

  @Test func schedulesWarmUpAndComeDown() {
    var settings = TrainingSettings()
    settings.learningRate = 1
    settings.warmup = 0.2
    settings.schedule = .linear
    let linear = (0..<10).map { settings.learningRate(step: $0, of: 10) }
    #expect(linear == [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125])
    settings.schedule = .cosine
    #expect(abs(settings.learningRate(step: 6, of: 10) - 0.5) < 1e-12)
    settings.warmup = 0
    settings.schedule = .constant
    #expect((0..<10).allSatisfy { settings.learningRate(step: $0, of: 10) == 1 })
  }

  /// No padding, no logits for prompts, nothing below the lowest adapter: counted, not timed.
  @Test func onlyTheNeededWorkIsDone() throws {
    let fixture = try ReferenceModel("llama-gqa")
    let c = fixture.model.configuration
    let sequence = TokenSequence(ids: (0..<20).map { Int32($0 + 5) }, isLabel: (0..<20).map { $0 >= 18 })
    let batch = PackedBatch([sequence, sequence])
    #expect(batch.tokens.count == 2 * 19, "the last label is predicted, never read")
    func multiplyAdds(_ layers: LoRASettings.Layers) throws -> Int {
      var lora = fixture.reference.loraSettings
      lora.layers = layers
      let adapter = Adapter(layout: AdapterLayout(lora, c), seed: 1)
      let workspace = Workspace()
      let gradient = FloatBuffer(count: adapter.layout.count)
      _ = try fixture.model.lossesAndGradient(
        batch, labelWeight: 1, adapter: adapter, dropout: nil, into: GradientTarget(sumOf: batch, into: gradient),
        workspace)
      return workspace.work.multiplyAdds
    }
    let tokens = batch.tokens.count
    let labels = batch.labelledRows.count
    let mlp = 3 * c.hiddenSize * c.intermediateSize
    let projections = c.hiddenSize * (c.queryWidth + 2 * c.keyValueWidth)
    let perLayer = mlp + projections + c.hiddenSize * c.queryWidth
    let head = 2 * labels * c.vocabularySize * c.hiddenSize
    let top = try multiplyAdds(.top(1))
    // Forward through two frozen layers, and of the top layer only keys and values for every token.
    let forward = tokens * (2 * perLayer + 2 * c.hiddenSize * c.keyValueWidth)
    let topRows = labels * (2 * mlp + 2 * c.hiddenSize * c.queryWidth + c.hiddenSize * c.queryWidth)
    let frozen = forward + topRows + head
    #expect(top > frozen && Double(top) < Double(frozen) * 1.25, "\(top) against \(frozen) of the frozen base alone")
    #expect(try multiplyAdds(.all) > top + tokens * perLayer)
  }
}
