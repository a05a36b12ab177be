import MTL
import Testing

/// Every backward operation against central differences of its forward operation.
@Suite struct FiniteDifferenceTests {
  @Test func rmsNorm() {
    let (tokens, width) = (3, 10)
    let x = FloatBuffer.random(tokens * width, seed: 1)
    let weights = FloatBuffer.random(tokens * width, seed: 2).shaped(tokens, width)
    let norm = RMSNorm(weight: .random(width, seed: 3), epsilon: 1e-5)
    let y = FloatBuffer(count: tokens * width).shaped(tokens, width)
    let inverse = FloatBuffer(count: tokens)
    norm.forward(x.shaped(tokens, width), into: y, inverse: inverse.pointer)
    let again = FloatBuffer(count: tokens * width).shaped(tokens, width)
    norm.recompute(x.shaped(tokens, width), inverse: inverse.pointer, into: again)
    #expect(again.elements == y.elements)
    let dx = FloatBuffer(count: tokens * width).shaped(tokens, width)
    norm.backward(weights, x: x.shaped(tokens, width), inverse: inverse.pointer, addingTo: dx)
    let error = worstGradientError(of: x, gradient: dx.elements) {
      norm.forward(x.shaped(tokens, width), into: y, inverse: inverse.pointer)
      return weighted(y, weights)
    }
    #expect(error < 2e-3)
  }

  @Test func swiGLU() {
    let (tokens, width) = (3, 9)
    let x = FloatBuffer.random(tokens * 2 * width, seed: 4)
    let weights = FloatBuffer.random(tokens * width, seed: 5).shaped(tokens, width)
    let h = FloatBuffer(count: tokens * width).shaped(tokens, width)
    let gradient = FloatBuffer(x.values)
    SwiGLU.backward(gradient.shaped(tokens, 2 * width), dh: weights)
    let error = worstGradientError(of: x, gradient: gradient.values) {
      SwiGLU.forward(x.shaped(tokens, 2 * width), into: h)
      return weighted(h, weights)
    }
    #expect(error < 2e-3)
  }

  @Test func rotaryEmbedding() {
    let rotary = RotaryEmbedding(frequencies: [1, 0.3, 0.01], positions: 40)
    let positions: [Int32] = [0, 1, 17, 39]
    let x = FloatBuffer.random(4 * 12, seed: 6)
    let weights = FloatBuffer.random(4 * 12, seed: 7)
    let gradient = FloatBuffer(weights.values)
    rotary.backward(gradient.shaped(4, 12), positions: positions)
    let error = worstGradientError(of: x, gradient: gradient.values) {
      let y = FloatBuffer(x.values)
      rotary.forward(y.shaped(4, 12), positions: positions)
      return weighted(y.shaped(4, 12), weights.shaped(4, 12))
    }
    #expect(error < 1e-3)
  }

  /// Two spans, grouped queries, and queries that are fewer than the keys, as in the topmost layer.
  @Test(arguments: [false, true]) func attention(_ selected: Bool) {
    let attention = Attention(heads: 4, keyValueHeads: 2, headWidth: 6)
    let spans =
      selected
      ? [
        AttentionSpan(queries: 0..<2, keys: 0..<5, visible: [2, 5]),
        AttentionSpan(queries: 2..<3, keys: 5..<8, visible: [1]),
      ]
      : [
        AttentionSpan(queries: 0..<5, keys: 0..<5, visible: [1, 2, 3, 4, 5]),
        AttentionSpan(queries: 5..<8, keys: 5..<8, visible: [1, 2, 3]),
      ]
    let queries = selected ? 3 : 8
    let q = FloatBuffer.random(queries * 24, seed: 8)
    let k = FloatBuffer.random(8 * 12, seed: 9)
    let v = FloatBuffer.random(8 * 12, seed: 10)
    let weights = FloatBuffer.random(queries * 24, seed: 11).shaped(queries, 24)
    let output = FloatBuffer(count: queries * 24).shaped(queries, 24)
    let logSum = FloatBuffer(count: queries * 4).shaped(queries, 4)
    let workspace = Workspace()
    func loss() -> Double {
      attention.forward(
        q: q.shaped(queries, 24), k: k.shaped(8, 12), v: v.shaped(8, 12), spans: spans, into: output, logSum: logSum,
        workspace)
      return weighted(output, weights)
    }
    _ = loss()
    let (dq, dk, dv) = (FloatBuffer(count: q.count), FloatBuffer(count: k.count), FloatBuffer(count: v.count))
    attention.backward(
      dOutput: weights, output: output, logSum: logSum, q: q.shaped(queries, 24), k: k.shaped(8, 12),
      v: v.shaped(8, 12), spans: spans, dq: dq.shaped(queries, 24), dk: dk.shaped(8, 12), dv: dv.shaped(8, 12),
      workspace)
    #expect(worstGradientError(of: q, gradient: dq.values, loss) < 3e-3)
    #expect(worstGradientError(of: k, gradient: dk.values, loss) < 3e-3)
    #expect(worstGradientError(of: v, gradient: dv.values, loss) < 3e-3)
  }

  @Test func outputLoss() throws {
    let fixture = try ReferenceModel("llama-tied")
    let width = fixture.model.configuration.hiddenSize
    let x = FloatBuffer.random(3 * width, seed: 12)
    let targets: [Int32] = [4, 159, 0]
    let weights: [Float] = [0.5, 1, 2]
    let workspace = Workspace()
    let dx = FloatBuffer(count: x.count)
    let losses = fixture.model.output.lossesAndGradient(
      x.shaped(3, width), targets: targets, weights: weights, into: dx.shaped(3, width), workspace)
    #expect(losses == fixture.model.output.losses(x.shaped(3, width), targets: targets[...], workspace))
    let error = worstGradientError(of: x, gradient: dx.values) {
      let losses = fixture.model.output.losses(x.shaped(3, width), targets: targets[...], workspace)
      return zip(losses, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    #expect(error < 3e-3)
  }

  /// The whole model: every target, dropout on, every kind of parameter.
  @Test(arguments: [0, 0.2]) func adapterOfAWholeModel(_ dropout: Double) throws {
    let fixture = try ReferenceModel("llama-tied")
    var settings = fixture.reference.loraSettings
    settings.dropout = dropout
    let adapter = Adapter(layout: AdapterLayout(settings, fixture.model.configuration), seed: 5)
    for site in adapter.layout.sites {
      adapter.b(site).copy(
        from: FloatBuffer.random(site.outputWidth * site.rank, seed: UInt64(site.offsetB), scale: 0.05)
          .shaped(site.outputWidth, site.rank))
    }
    let batch = PackedBatch(try #require(fixture.reference.batches.first).sequences)
    let mask = AdapterDropout(probability: Float(dropout), seed: 3, step: 7)
    let gradient = FloatBuffer(count: adapter.parameters.count)
    let workspace = Workspace()
    func loss(into target: FloatBuffer) throws -> Double {
      let losses = try fixture.model.lossesAndGradient(
        batch, labelWeight: 1, adapter: adapter, dropout: mask, into: GradientTarget(sumOf: batch, into: target),
        workspace)
      return losses.reduce(0) { $0 + Double($1) }
    }
    _ = try loss(into: gradient)
    let ignored = FloatBuffer(count: gradient.count)
    let error = worstGradientError(of: adapter.parameters, gradient: gradient.values, every: 97) {
      (try? loss(into: ignored)) ?? .nan
    }
    #expect(error < 5e-3)
  }
}
