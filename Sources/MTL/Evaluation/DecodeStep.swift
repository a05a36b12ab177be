import CKernels

/// One step of decoding for a batch of sequences, on all workers.
///
/// Decoding is bound by reading the weights, so the columns of every product are divided among the workers, not the
/// sequences. Every worker runs the same code over its share and waits for the others where it reads what they wrote.
/// A sequence's result depends neither on the others in the batch nor on the number of workers.
package final class DecodeStep: @unchecked Sendable {
  private let model: LanguageModel
  private let adapter: Adapter?
  private let workers: Int
  private let barrier: SpinBarrier
  private let caches: [KeyValueCache]
  private let positions: [Int32]
  private let tokens: [Int32]
  // Written by all workers, each its share.
  private let x: Matrix  // [B, D]
  private let projections: Matrix  // [B, (H + 2K) Dh]
  private let attended: Matrix  // [B, H Dh]
  private let hidden: Matrix  // [B, F]
  /// The logits of the next token [B, V].
  package let logits: Matrix

  /// Memory for a batch of at most `batch` sequences, used step after step.
  package final class Buffers {
    fileprivate let batch: Int
    fileprivate let x, projections, attended, hidden, logits: FloatBuffer
    package init(_ c: ModelConfiguration, batch: Int) {
      self.batch = batch
      x = FloatBuffer(count: batch * c.hiddenSize)
      projections = FloatBuffer(count: batch * (c.queryWidth + 2 * c.keyValueWidth))
      attended = FloatBuffer(count: batch * c.queryWidth)
      hidden = FloatBuffer(count: batch * c.intermediateSize)
      logits = FloatBuffer(count: batch * c.vocabularySize)
    }
  }

  /// A step that feeds `tokens[i]` to the sequence of `caches[i]`, which has room for it.
  package init(
    model: LanguageModel, adapter: Adapter?, tokens: [Int32], caches: [KeyValueCache], buffers: Buffers, workers: Int
  ) {
    precondition(tokens.count == caches.count && tokens.count <= buffers.batch)
    precondition(caches.allSatisfy { $0.count < $0.capacity })
    let c = model.configuration
    self.model = model
    self.adapter = adapter
    self.tokens = tokens
    self.caches = caches
    self.workers = workers
    barrier = SpinBarrier(count: workers)
    positions = caches.map { Int32($0.count) }
    x = buffers.x.matrix(rows: tokens.count, columns: c.hiddenSize)
    projections = buffers.projections.matrix(rows: tokens.count, columns: c.queryWidth + 2 * c.keyValueWidth)
    attended = buffers.attended.matrix(rows: tokens.count, columns: c.queryWidth)
    hidden = buffers.hidden.matrix(rows: tokens.count, columns: c.intermediateSize)
    logits = buffers.logits.matrix(rows: tokens.count, columns: c.vocabularySize)
  }

  /// Runs the step; afterwards the caches hold one token more and ``logits`` are those of the next.
  package func run(on pool: WorkerPool) throws {
    precondition(pool.count == workers)
    for (i, token) in tokens.enumerated() {
      model.embedding.expand(Int(token)..<Int(token) + 1, into: x.rows(i..<i + 1).pointer)
    }
    _ = try pool.map(workers) { worker, workspace in self.work(worker, workspace) }
    for cache in caches { cache.count += 1 }
  }

  /// This worker's share of `count` columns; shares are multiples of 16 but for the last.
  private func share(_ worker: Int, of count: Int) -> Range<Int> {
    Self.share(worker, of: count, among: workers)
  }

  /// The share of `count` columns of one of `workers` workers.
  package static func share(_ worker: Int, of count: Int, among workers: Int) -> Range<Int> {
    let units = (count + 15) / 16
    return min(count, units * worker / workers * 16)..<min(count, units * (worker + 1) / workers * 16)
  }

  private func work(_ worker: Int, _ workspace: Workspace) {
    let c = model.configuration
    let normed = workspace.matrix(x.rows, c.hiddenSize)
    let inverse = workspace.vector(x.rows)
    for layer in model.layers {
      layer.attentionNorm.forward(x, into: normed, inverse: inverse)
      let share = share(worker, of: projections.columns)
      layer.qkv.decode(normed, rows: share, into: projections.columns(share), workspace)
      adapt(layer, .attentionInput, normed, outputs: projections, starts: starts(layer), share, workspace)
      barrier.wait()
      attend(layer, worker, workspace)
      barrier.wait()
      let width = self.share(worker, of: c.hiddenSize)
      layer.attentionOutput.decode(attended, rows: width, into: x.columns(width), beta: 1, workspace)
      adapt(layer, .attentionOutput, attended, outputs: x, starts: [.o: 0], width, workspace)
      barrier.wait()
      layer.mlpNorm.forward(x, into: normed, inverse: inverse)
      feedForward(layer, worker, normed, workspace)
      barrier.wait()
      layer.down.decode(hidden, rows: width, into: x.columns(width), beta: 1, workspace)
      adapt(layer, .mlpHidden, hidden, outputs: x, starts: [.down: 0], width, workspace)
      barrier.wait()
    }
    model.finalNorm.forward(x, into: normed, inverse: inverse)
    let vocabulary = share(worker, of: c.vocabularySize)
    model.output.head.decode(normed, rows: vocabulary, into: logits.columns(vocabulary), workspace)
  }

  /// Columns where q, k and v begin.
  private func starts(_ layer: TransformerLayer) -> [LoRATarget: Int] {
    [.q: 0, .k: layer.queryWidth, .v: layer.queryWidth + layer.keyWidth]
  }

  /// Adds the adapters' part to the columns `share` of `outputs`.
  private func adapt(
    _ layer: TransformerLayer, _ input: AdapterInput, _ x: Matrix, outputs: Matrix, starts: [LoRATarget: Int],
    _ share: Range<Int>, _ workspace: Workspace
  ) {
    guard let adapter else { return }
    for site in adapter.layout.sites(layer.index, input) {
      guard let start = starts[site.target] else { continue }
      let columns = share.clamped(to: start..<start + site.outputWidth)
      if columns.isEmpty { continue }
      workspace.scoped {
        let z = workspace.matrix(x.rows, site.rank)
        skinnyProduct(x, adapter.a(site), into: z)
        let b = adapter.b(site).rows(columns.lowerBound - start..<columns.upperBound - start)
        skinnyProduct(z, b, into: outputs.columns(columns), alpha: adapter.settings.scale, beta: 1)
      }
    }
  }

  /// Rotates and attends; pairs of sequence and key/value head are dealt out to the workers.
  private func attend(_ layer: TransformerLayer, _ worker: Int, _ workspace: Workspace) {
    let c = model.configuration
    let group = c.headCount / c.keyValueHeadCount
    let width = c.headDimension
    for pair in stride(from: worker, to: x.rows * c.keyValueHeadCount, by: workers) {
      let (i, head) = (pair / c.keyValueHeadCount, pair % c.keyValueHeadCount)
      let row = projections.rows(i..<i + 1)
      let (cache, position) = (caches[i], Int(positions[i]))
      let queries = row.columns(head * group * width..<(head + 1) * group * width)
      let key = row.columns(layer.queryWidth + head * width..<layer.queryWidth + (head + 1) * width)
      let first = layer.queryWidth + layer.keyWidth + head * width
      model.rotary.forward(queries, positions: [positions[i]])
      model.rotary.forward(key, positions: [positions[i]])
      let columns = head * width..<(head + 1) * width
      let keys = cache.keys(layer.index, position + 1).columns(columns)
      let values = cache.values(layer.index, position + 1).columns(columns)
      keys.rows(position..<position + 1).copy(from: key)
      values.rows(position..<position + 1).copy(from: row.columns(first..<first + width))
      workspace.scoped {
        let scores = workspace.vector(position + 1)
        for h in head * group..<(head + 1) * group {
          let q = row.columns(h * width..<(h + 1) * width)
          let output = attended.rows(i..<i + 1).columns(h * width..<(h + 1) * width)
          mtl_attention_decode(
            q.pointer, keys.pointer, values.pointer, keys.stride, output.pointer, scores, position + 1, width,
            1 / Float(width).squareRoot())
        }
      }
    }
  }

  /// This worker's columns of the gated activation: the same columns of gate and of up.
  private func feedForward(_ layer: TransformerLayer, _ worker: Int, _ normed: Matrix, _ workspace: Workspace) {
    let width = hidden.columns
    let share = share(worker, of: width)
    if share.isEmpty { return }
    workspace.scoped {
      let gateUp = workspace.matrix(x.rows, 2 * share.count)
      let gate = gateUp.columns(0..<share.count)
      let up = gateUp.columns(share.count..<2 * share.count)
      layer.gateUp.decode(normed, rows: share, into: gate, workspace)
      layer.gateUp.decode(normed, rows: width + share.lowerBound..<width + share.upperBound, into: up, workspace)
      // Only its own columns of gate and up exist here, so a site's columns `share` begin at zero.
      for (target, part) in [(LoRATarget.gate, gate), (.up, up)] {
        guard let adapter, let site = adapter.layout.sites(layer.index, .mlpInput).first(where: { $0.target == target })
        else { continue }
        let z = workspace.matrix(x.rows, site.rank)
        skinnyProduct(normed, adapter.a(site), into: z)
        skinnyProduct(z, adapter.b(site).rows(share), into: part, alpha: adapter.settings.scale, beta: 1)
      }
      let activated = workspace.matrix(x.rows, share.count)
      SwiGLU.forward(gateUp, into: activated)
      hidden.columns(share).copy(from: activated)
    }
  }
}
