import CKernels

/// Dropout on the input of adapters, its mask a function of (seed, step, token, layer, input) alone.
package struct AdapterDropout: Sendable {
  package let probability: Float
  /// Draws the masks of one optimizer step.
  package let key: UInt64

  package init(probability: Float, seed: UInt64, step: Int) {
    self.probability = probability
    key = CounterBasedGenerator.key(seed: seed, purpose: .dropout, stream: UInt64(step))
  }
}

/// Where the gradient of an adapter goes: one vector for the whole micro-batch, or one for each example.
package struct GradientTarget {
  /// One part of the pack and the flat gradient (in the adapter's layout) of its rows.
  package struct Part {
    package let rows: Range<Int>
    package let labelledRows: Range<Int>
    package let gradient: FloatBuffer
  }
  package let parts: [Part]

  /// One gradient, summed over the whole pack.
  package init(sumOf batch: PackedBatch, into gradient: FloatBuffer) {
    parts = [
      Part(rows: 0..<batch.tokens.count, labelledRows: 0..<batch.labelledRows.count, gradient: gradient)
    ]
  }

  /// A gradient for each sequence of the pack.
  package init(eachOf batch: PackedBatch, into gradients: [FloatBuffer]) {
    precondition(gradients.count == batch.blocks.count)
    parts = zip(zip(batch.blocks, batch.labelledBlocks), gradients).map { ranges, gradient in
      Part(rows: ranges.0, labelledRows: ranges.1, gradient: gradient)
    }
  }
}

/// Which rows of the pack a matrix has: all, or only those that predict a label (in the topmost layer).
package enum PackRows: Sendable { case all, labelled }

/// The adapters that share an input, `y_j += s (drop(x) A_j^T) B_j^T`, forward and backward.
package struct LoRAGroup {
  package let adapter: Adapter
  package let sites: [AdapterSite]
  package let dropout: AdapterDropout?
  /// Distinguishes the masks of layers and inputs.
  package let stream: UInt32

  /// Nil where no adapter reads the input.
  package init?(
    _ adapter: Adapter?, layer: Int, _ input: AdapterInput, only targets: [LoRATarget]? = nil, dropout: AdapterDropout?
  ) {
    guard let adapter else { return nil }
    let sites = adapter.layout.sites(layer, input).filter { targets?.contains($0.target) ?? true }
    if sites.isEmpty { return nil }
    self.adapter = adapter
    self.sites = sites
    self.dropout = dropout.flatMap { $0.probability > 0 ? $0 : nil }
    stream = UInt32(layer * AdapterInput.allCases.count + input.rawValue)
  }

  /// Columns of the product `x A^T` of all sites.
  package var rankSum: Int { sites.reduce(0) { $0 + $1.rank } }

  private var scale: Float { adapter.settings.scale }

  /// The A of all sites, one under another [rankSum, in].
  private var a: Matrix {
    adapter.parameters.matrix(offset: sites[0].offsetA, rows: rankSum, columns: sites[0].inputWidth)
  }

  private func dropped(_ x: Matrix, _ keys: [UInt64], _ workspace: Workspace) -> Matrix {
    guard let dropout else { return x }
    let y = workspace.matrix(x.rows, x.columns)
    precondition(keys.count == x.rows)
    mtl_dropout(x.pointer, x.stride, y.pointer, keys, x.rows, x.columns, dropout.probability, dropout.key, stream)
    return y
  }

  /// Adds the adapters' part to `outputs[j]` [T, out_j]; `z` [T, rankSum] receives `drop(x) A^T`.
  package func forward(_ x: Matrix, keys: [UInt64], z: Matrix, addingTo outputs: [Matrix], _ workspace: Workspace) {
    precondition(outputs.count == sites.count)
    workspace.scoped {
      workspace.gemm(dropped(x, keys, workspace), .plain, a, .transposed, into: z)
      var column = 0
      for (site, y) in zip(sites, outputs) {
        workspace.gemm(
          z.columns(column..<column + site.rank), .plain, adapter.b(site), .transposed, into: y, alpha: scale, beta: 1)
        column += site.rank
      }
    }
  }

  /// Writes the gradients of A and B, and adds to `dx` [T, in] (where it is wanted) that of the input.
  ///
  /// `x` is the input of forward, `z` what forward wrote, `dOutputs[j]` [T, out_j] the gradients of the outputs.
  package func backward(
    _ x: Matrix, keys: [UInt64], z: Matrix, dOutputs: [Matrix], rows: PackRows, into target: GradientTarget,
    addingTo dx: Matrix?, _ workspace: Workspace
  ) {
    precondition(dOutputs.count == sites.count)
    workspace.scoped {
      let dz = workspace.matrix(x.rows, rankSum)
      var column = 0
      for (site, dy) in zip(sites, dOutputs) {
        let columns = column..<column + site.rank
        workspace.gemm(dy, .plain, adapter.b(site), .plain, into: dz.columns(columns), alpha: scale)
        for part in target.parts {
          let range = rows == .all ? part.rows : part.labelledRows
          let dB = part.gradient.matrix(offset: site.offsetB, rows: site.outputWidth, columns: site.rank)
          workspace.gemm(dy.rows(range), .transposed, z.rows(range).columns(columns), .plain, into: dB, alpha: scale)
        }
        column += site.rank
      }
      let input = dropped(x, keys, workspace)
      for part in target.parts {
        let range = rows == .all ? part.rows : part.labelledRows
        let dA = part.gradient.matrix(offset: sites[0].offsetA, rows: rankSum, columns: sites[0].inputWidth)
        workspace.gemm(dz.rows(range), .transposed, input.rows(range), .plain, into: dA)
      }
      guard let dx else { return }
      guard let dropout else {
        workspace.gemm(dz, .plain, a, .plain, into: dx, beta: 1)
        return
      }
      let dDropped = workspace.matrix(dx.rows, dx.columns)
      workspace.gemm(dz, .plain, a, .plain, into: dDropped)
      precondition(dx.isContiguous)
      mtl_dropout_add(
        dDropped.pointer, dx.pointer, keys, dx.rows, dx.columns, dropout.probability, dropout.key, stream)
    }
  }
}
