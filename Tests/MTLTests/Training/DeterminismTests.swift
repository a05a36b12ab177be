import Foundation
import MTL
import Testing

@Suite struct DeterminismTests {
  fileprivate func trained(
    _ fixture: ReferenceModel, workers: Int, budget: Int = 40, interruptAt: Int? = nil, top: Int? = nil,
    cache: (any PrefixStateCache)? = nil, dropout: Double = 0.1
  ) throws -> [Float] {
    var settings = fixture.reference.trainingSettings
    settings.epochs = 2
    settings.shuffle = true
    settings.microBatchTokens = budget
    var lora = fixture.reference.loraSettings
    lora.dropout = dropout
    if let top { lora.layers = .top(top) }
    let layout = AdapterLayout(lora, fixture.model.configuration)
    let examples = fixture.reference.batches.flatMap(\.sequences).enumerated().map {
      TrainingExample(name: "\($0)", sequence: $1)
    }
    func makeTrainer() throws -> Trainer {
      try Trainer(
        model: fixture.model, adapter: Adapter(layout: layout, seed: 9), data: TrainingData(examples, settings),
        settings: settings, pool: WorkerPool(count: workers), cache: cache)
    }
    var trainer = try makeTrainer()
    while !trainer.isFinished {
      if trainer.history.count == interruptAt {
        let old = trainer
        trainer = try makeTrainer()
        try trainer.restore(
          parameters: old.adapter.parameters.values, firstMoments: old.optimizer.firstMoments.values,
          secondMoments: old.optimizer.secondMoments.values, history: old.history)
      }
      try trainer.step()
    }
    return trainer.adapter.parameters.values
  }

  @Test(arguments: ["llama-gqa", "llama-tied"]) func adapterIsIdenticalForAnyWorkerCount(_ name: String) throws {
    let fixture = try ReferenceModel(name)
    let one = try trained(fixture, workers: 1)
    for workers in [2, 3, 8] { #expect(try trained(fixture, workers: workers) == one) }
    #expect(try trained(fixture, workers: 1, budget: 1000) != one, "the test must be able to see a difference")
  }

  @Test func adapterIsIdenticalAfterAnInterruption() throws {
    let fixture = try ReferenceModel("llama-gqa")
    let whole = try trained(fixture, workers: 2)
    for step in [0, 1, 5, 11] { #expect(try trained(fixture, workers: 2, interruptAt: step) == whole) }
  }

  @Test func dropoutMasksFollowTheTokenNotThePacking() throws {
    let fixture = try ReferenceModel("llama-gqa")
    let small = try trained(fixture, workers: 1, budget: 1, dropout: 0.3)
    let large = try trained(fixture, workers: 1, budget: 1000, dropout: 0.3)
    #expect(relativeDistance(small, large) < 1e-3)
    #expect(relativeDistance(small, try trained(fixture, workers: 1, budget: 1, dropout: 0.29)) > 1e-3)
  }

  @Test(arguments: [BaseStorage.fp32, .bf16, .asStored])
  func compactStorageGivesTheResultOfItsValuesInSinglePrecision(_ storage: BaseStorage) throws {
    let compact = try ReferenceModel("llama-gqa", storage: storage)
    let batch = PackedBatch(try #require(compact.reference.batches.first).sequences)
    let losses = try compact.model.losses(batch, adapter: nil, Workspace())
    let full = try ReferenceModel("llama-gqa")
    let expected = try full.model.losses(batch, adapter: nil, Workspace())
    if storage == .bf16 {
      #expect(losses != expected)
      #expect(zip(losses, expected).allSatisfy { abs($0 - $1) < 0.05 })
    } else {
      #expect(losses == expected)
    }
  }
}

extension DeterminismTests {
  @Test func thePrefixCacheChangesNothing() throws {
    let fixture = try ReferenceModel("llama-gqa")
    try withTemporaryDirectory { folder in
      for top in [1, 2] {
        let plain = try trained(fixture, workers: 2, top: top)
        let inMemory = PrefixStateStore(memoryLimit: 1 << 30, folder: folder)
        #expect(try trained(fixture, workers: 2, top: top, cache: inMemory) == plain)
        #expect(inMemory.counts.misses == 24 && inMemory.counts.hits == 24, "computed once, used by the second epoch")
        let inFile = PrefixStateStore(memoryLimit: 3000, folder: folder)
        #expect(try trained(fixture, workers: 3, top: top, cache: inFile) == plain)
        #expect(inFile.byteCounts.memory <= 3000 && inFile.byteCounts.file > 0)
        #expect(try trained(fixture, workers: 1, top: top, cache: inFile) == plain, "a second run of the sweep")
      }
    }
  }

  @Test func scoringThroughThePrefixCacheChangesNothing() throws {
    let fixture = try ReferenceModel("llama-gqa")
    var lora = fixture.reference.loraSettings
    lora.layers = .top(1)
    let adapter = Adapter(layout: AdapterLayout(lora, fixture.model.configuration), seed: 9)
    let items = (0..<5).map { Continuations(prompt: [3, 4, Int32($0) + 9], choices: [[5], [6, 7, 8], [9, 1]]) }
    let pool = WorkerPool(count: 2)
    let cache = PrefixStateStore(memoryLimit: 1 << 30, folder: NSTemporaryDirectory())
    let plain = try LikelihoodScorer(model: fixture.model, adapter: adapter, pool: pool).score(items)
    for _ in 0..<2 {
      #expect(
        try LikelihoodScorer(model: fixture.model, adapter: adapter, pool: pool, cache: cache).score(items) == plain)
    }
    #expect(cache.counts.hits == 5)
  }
}
