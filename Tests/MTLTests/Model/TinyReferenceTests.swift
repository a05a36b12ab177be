import Foundation
import MTL
import Testing

/// Agreement with transformers and PEFT on two tiny random models: grouped queries and untied output; all seven
/// targets, rsLoRA and tied embeddings.
@Suite struct TinyReferenceTests {
  static let names = ["llama-gqa", "llama-tied"]

  @Test(arguments: names) func logitsAgreeWithoutAndWithAdapter(_ name: String) throws {
    let fixture = try ReferenceModel(name)
    let batch = try #require(fixture.reference.batches.first)
    for (tensor, adapter) in [("base_logits", nil), ("lora_logits", try fixture.adapter("adapter_init"))] {
      let (shape, expected) = try fixture.tensors.floats(tensor)
      let workspace = Workspace()
      for (i, ids) in batch.input_ids.enumerated() {
        let logits = try allLogits(fixture.model, ids, adapter, workspace)
        let start = i * shape[1] * shape[2]
        let worst = zip(logits, expected[start..<start + logits.count]).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst < 1e-4, "\(tensor), sequence \(i)")
      }
    }
  }

  @Test(arguments: names) func likelihoodsAgree(_ name: String) throws {
    let fixture = try ReferenceModel(name)
    let batch = PackedBatch(try #require(fixture.reference.batches.first).sequences)
    let losses = try fixture.model.losses(batch, adapter: nil, Workspace())
    for (range, expected) in zip(batch.labelledBlocks, fixture.reference.base_nll_sum) {
      let sum = losses[range].reduce(0) { $0 + Double($1) }
      #expect(abs(sum - expected) < 1e-4 * expected)
    }
    let mean = losses.reduce(0) { $0 + Double($1) } / Double(losses.count)
    #expect(abs(mean - fixture.reference.base_loss) < 1e-4 * fixture.reference.base_loss)
  }

  @Test(arguments: names) func everyAdapterGradientAgrees(_ name: String) throws {
    let fixture = try ReferenceModel(name)
    let adapter = try fixture.adapter("adapter_init")
    let batch = PackedBatch(try #require(fixture.reference.batches.first).sequences)
    let gradient = Adapter(layout: adapter.layout)
    _ = try fixture.model.lossesAndGradient(
      batch, labelWeight: 1 / Float(batch.labelledRows.count), adapter: adapter, dropout: nil,
      into: GradientTarget(sumOf: batch, into: gradient.parameters), Workspace())
    for site in adapter.layout.sites {
      for (factor, matrix) in [("A", gradient.a(site)), ("B", gradient.b(site))] {
        let expected = try fixture.tensors.floats("grad." + site.peftName(factor)).values
        let distance = relativeDistance(matrix.elements, expected)
        #expect(
          distance < 1e-3 || expected.allSatisfy { $0 == 0 }, "\(site.layer) \(site.target) \(factor): \(distance)")
        if expected.allSatisfy({ $0 == 0 }) { #expect(matrix.elements.allSatisfy { $0 == 0 }) }
      }
    }
  }

  @Test(arguments: names) func sixAdamWStepsAgree(_ name: String) throws {
    let fixture = try ReferenceModel(name)
    let reference = fixture.reference
    let sequences = reference.batches.flatMap(\.sequences)
    let data = try TrainingData(
      sequences.enumerated().map { TrainingExample(name: "\($0)", sequence: $1) }, reference.trainingSettings)
    let trainer = try Trainer(
      model: fixture.model, adapter: try fixture.adapter("adapter_init"), data: data,
      settings: reference.trainingSettings, pool: WorkerPool(count: 2))
    for (loss, norm) in zip(reference.step_loss, reference.step_grad_norm) {
      let step = try trainer.step()
      #expect(abs(step.loss - loss) < 1e-4 * loss)
      #expect(abs(step.gradNorm - norm) < 1e-3 * norm)
    }
    #expect(trainer.isFinished)
    let final = try fixture.adapter("adapter_final")
    #expect(relativeDistance(trainer.adapter.parameters.values, final.parameters.values) < 1e-3)
  }

  private func allLogits(
    _ model: LanguageModel, _ ids: [Int32], _ adapter: Adapter?, _ workspace: Workspace
  ) throws -> [Float] {
    let batch = PackedBatch([TokenSequence(ids: ids, isLabel: ids.map { _ in false })])
    let selection = LayerContext.Selection(rows: Array(ids.indices), spans: batch.spans)
    let states = try model.finalStates(batch, selecting: selection, adapter: adapter, workspace)
    let logits = workspace.matrix(ids.count, model.configuration.vocabularySize)
    model.output.logits(states, into: logits, workspace)
    return logits.elements
  }
}
