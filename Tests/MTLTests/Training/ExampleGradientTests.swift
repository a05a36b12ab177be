import Foundation
import MTL
import Testing

@Suite struct ExampleGradientTests {
  /// The tiny model of the references, at an adapter whose B is not zero.
  private func adapter(_ fixture: ReferenceModel) throws -> Adapter {
    let adapter = Adapter(layout: AdapterLayout(fixture.reference.loraSettings, fixture.model.configuration), seed: 5)
    for site in adapter.layout.sites {
      adapter.b(site).copy(
        from: FloatBuffer.random(site.outputWidth * site.rank, seed: UInt64(site.offsetB), scale: 0.05)
          .shaped(site.outputWidth, site.rank))
    }
    return adapter
  }

  private struct Row: Equatable {
    var value: Double
    var likelihood: Likelihood
    var gradient: [Float]
  }

  private func rows(
    _ scalar: AnswerScalar, _ sequences: [TokenSequence], names: [UInt64]? = nil, _ fixture: ReferenceModel,
    _ adapter: Adapter, workers: Int = 1
  ) throws -> [Row] {
    var rows: [Row] = []
    let gradients = ExampleGradients(model: fixture.model, adapter: adapter, pool: WorkerPool(count: workers), seed: 9)
    try gradients.visit(scalar, of: sequences, names: names ?? sequences.indices.map(UInt64.init)) { example in
      #expect(example.index == rows.count)
      rows.append(Row(value: example.value, likelihood: example.likelihood, gradient: Array(example.gradient)))
    }
    return rows
  }

  // A sampled loss jumps where a step changes a sample: a draw is taken where none of the small steps does.
  @Test(arguments: [AnswerScalar.loss, .sampledLoss(draw: 0), .meanLogOdds])
  func gradientIsThatOfTheScalar(_ scalar: AnswerScalar) throws {
    let fixture = try ReferenceModel("llama-tied")
    let adapter = try adapter(fixture)
    let sequences = Array(try #require(fixture.reference.batches.first).sequences.prefix(2))
    let found = try rows(scalar, sequences, fixture, adapter)
    #expect(found.count == 2)
    for (index, row) in found.enumerated() {
      let error = worstGradientError(of: adapter.parameters, gradient: row.gradient, every: 197) {
        let other = try? rows(scalar, [sequences[index]], names: [UInt64(index)], fixture, adapter)
        return other?.first?.value ?? .nan
      }
      #expect(error < 5e-3, "\(scalar) of example \(index)")
    }
  }

  @Test func examplesAddUpToTheirBatchAndKnowTheirLikelihood() throws {
    let fixture = try ReferenceModel("llama-tied")
    let adapter = try adapter(fixture)
    let sequences = try #require(fixture.reference.batches.first).sequences
    let found = try rows(.loss, sequences, fixture, adapter, workers: 3)
    let batch = PackedBatch(sequences)
    let whole = FloatBuffer(count: adapter.parameterCount)
    _ = try fixture.model.lossesAndGradient(
      batch, labelWeight: 1, adapter: adapter, dropout: nil, into: GradientTarget(sumOf: batch, into: whole),
      Workspace())
    let sum = whole.values.indices.map { place in found.reduce(Float(0)) { $0 + $1.gradient[place] } }
    let size = whole.values.map(abs).max() ?? 0
    #expect(zip(sum, whole.values).allSatisfy { abs($0 - $1) < 1e-5 * size })
    let scores = try LikelihoodScorer(model: fixture.model, adapter: adapter, pool: WorkerPool(count: 1)).score(
      sequences)
    for (row, score) in zip(found, scores) {
      #expect(abs(row.likelihood.nll - score.nll) < 1e-5 * score.nll && row.likelihood.tokens == score.tokens)
      #expect(row.value == row.likelihood.nll)
    }
    // The odds by their definition where an answer is one token.
    for (row, sequence) in zip(try rows(.meanLogOdds, sequences, fixture, adapter), sequences) {
      guard sequence.labelCount == 1 else { continue }
      let p = exp(-row.likelihood.nll)
      #expect(abs(row.value - log(p / (1 - p))) < 1e-5)
    }
  }

  @Test func samplesDependOnSeedDrawAndNameAlone() throws {
    let fixture = try ReferenceModel("llama-tied")
    let adapter = try adapter(fixture)
    let sequences = try #require(fixture.reference.batches.first).sequences
    let all = try rows(.sampledLoss(draw: 1), sequences, fixture, adapter, workers: 2)
    for index in sequences.indices {
      let alone = try rows(.sampledLoss(draw: 1), [sequences[index]], names: [UInt64(index)], fixture, adapter)
      #expect(abs(alone[0].value - all[index].value) < 1e-4 * max(1, all[index].value))
    }
    let other = try rows(.sampledLoss(draw: 2), sequences, fixture, adapter)
    #expect(zip(all, other).contains { abs($0.value - $1.value) > 1e-3 })
    // The mean over draws of the gradient of a sampled loss is zero: it falls as one over the root of the draws.
    let draws = try (0..<64).map { try rows(.sampledLoss(draw: $0), [sequences[0]], fixture, adapter)[0].gradient }
    let one = draws[0].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let mean = draws[0].indices.reduce(0.0) { total, place in
      let mean = draws.reduce(0.0) { $0 + Double($1[place]) } / 64
      return total + mean * mean
    }.squareRoot()
    #expect(mean < 0.4 * one)
  }

  @Test func anExampleWithoutAnAnswerIsRefused() throws {
    let fixture = try ReferenceModel("llama-tied")
    let adapter = try adapter(fixture)
    #expect(throws: TrainingError.self) {
      try rows(.loss, [TokenSequence(ids: [1, 2], isLabel: [false, false])], fixture, adapter)
    }
  }
}
