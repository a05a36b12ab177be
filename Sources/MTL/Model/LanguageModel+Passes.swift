extension LanguageModel {
  /// What enters layer `first`: the embeddings, through the layers below, which have no adapter.
  ///
  /// Layers below are computed for each block of the batch alone, so that their output does not depend on the packing and can be
  /// taken from a cache.
  package func states(
    enteringLayer first: Int, of batch: PackedBatch, cache: (any PrefixStateCache)? = nil,
    earlier: KeyValueCache? = nil, _ workspace: Workspace
  ) throws -> Matrix {
    let states = workspace.matrix(batch.tokens.count, configuration.hiddenSize)
    for (index, rows) in batch.blocks.enumerated() {
      let destination = states.rows(rows)
      let tokens = Array(batch.tokens[rows])
      if first == 0 {
        embed(tokens, into: destination)
        continue
      }
      let key = PrefixStateKey(
        layer: first, tokens: batch.earlierTokens + tokens, positions: Array(batch.positions[rows]))
      if let cache, try cache.read(key, into: destination) { continue }
      workspace.scoped {
        embed(tokens, into: destination)
        var context = context(batch.block(index), adapter: nil, dropout: nil, selecting: nil)
        context.earlier = earlier
        runLayers(0..<first, from: destination, into: destination, context, workspace)
      }
      try cache?.write(key, states: destination)
    }
    return states
  }

  private func embed(_ tokens: [Int32], into destination: Matrix) {
    for (i, token) in tokens.enumerated() {
      let row = Int(token)
      embedding.expand(row..<row + 1, into: destination.rows(i..<i + 1).pointer)
    }
  }

  package func context(
    _ batch: PackedBatch, adapter: Adapter?, dropout: AdapterDropout?, selecting selection: LayerContext.Selection?
  ) -> LayerContext {
    LayerContext(
      rotary: rotary, adapter: adapter, dropout: dropout, positions: batch.positions, spans: batch.spans,
      keys: batch.keys, selection: selection)
  }

  /// Runs layers without keeping anything; `into` has as many rows as come out.
  package func runLayers(
    _ range: Range<Int>, from x: Matrix, into output: Matrix, _ context: LayerContext, _ workspace: Workspace,
    visit: ((Int, LayerTape) -> Void)? = nil
  ) {
    var lower = context
    lower.selection = nil
    workspace.scoped {
      let states = [workspace.matrix(x.rows, x.columns), workspace.matrix(x.rows, x.columns)]
      var input = x
      for layer in range {
        let isLast = layer == range.upperBound - 1
        let result = isLast ? output : states[layer % 2]
        workspace.scoped {
          let tape = layers[layer].forward(input, into: result, isLast ? context : lower, workspace)
          visit?(layer, tape)
        }
        input = result
      }
    }
  }

  /// The normalised final states of the rows `selection` selects [N, D].
  package func finalStates(
    _ batch: PackedBatch, selecting selection: LayerContext.Selection, adapter: Adapter?,
    cache: (any PrefixStateCache)? = nil, earlier: KeyValueCache? = nil, _ workspace: Workspace,
    visit: ((Int, LayerTape) -> Void)? = nil
  ) throws -> Matrix {
    let normed = workspace.matrix(selection.rows.count, configuration.hiddenSize)
    try workspace.scoped {
      // With a visitor every layer must be run; without, layers below the lowest adapter may come from a cache.
      let first = visit == nil ? adapter?.layout.lowestLayer ?? 0 : 0
      let x = try states(enteringLayer: first, of: batch, cache: cache, earlier: earlier, workspace)
      var context = context(batch, adapter: adapter, dropout: nil, selecting: selection)
      context.earlier = earlier
      let final = workspace.matrix(selection.rows.count, configuration.hiddenSize)
      runLayers(first..<layers.count, from: x, into: final, context, workspace, visit: visit)
      finalNorm.forward(final, into: normed, inverse: workspace.vector(final.rows))
    }
    return normed
  }

  /// The negative log-likelihood (nats) of every label of the batch, in its order.
  package func losses(
    _ batch: PackedBatch, adapter: Adapter?, cache: (any PrefixStateCache)? = nil, earlier: KeyValueCache? = nil,
    _ workspace: Workspace
  ) throws -> [Float] {
    if batch.labelledRows.isEmpty { return [] }
    return try workspace.scoped {
      let selection = LayerContext.Selection(rows: batch.labelledRows, spans: batch.labelledSpans)
      let states = try finalStates(
        batch, selecting: selection, adapter: adapter, cache: cache, earlier: earlier, workspace)
      return output.losses(states, targets: batch.targets[...], workspace)
    }
  }

  /// The losses of all labels, and in `target` the gradient of `sum of labelWeight * loss` by the adapter's parameters.
  package func lossesAndGradient(
    _ batch: PackedBatch, labelWeight: Float, adapter: Adapter, dropout: AdapterDropout?, into target: GradientTarget,
    cache: (any PrefixStateCache)? = nil, _ workspace: Workspace
  ) throws -> [Float] {
    try lossesAndGradient(batch, adapter: adapter, dropout: dropout, into: target, cache: cache, workspace) {
      rows, _, _ in
      (Array(batch.targets[rows]), Array(repeating: labelWeight, count: rows.count))
    }
  }

  /// The losses of all labels, and in `target` the gradient of what `choose` makes of the rows that predict them: a sum of
  /// weighted losses of the targets it chooses (``OutputLoss``).
  package func lossesAndGradient(
    _ batch: PackedBatch, adapter: Adapter, dropout: AdapterDropout?, into target: GradientTarget,
    cache: (any PrefixStateCache)? = nil, _ workspace: Workspace,
    choosing choose: (_ rows: Range<Int>, _ logits: Matrix, _ losses: () -> [Float]) -> (
      targets: [Int32], weights: [Float]
    )
  ) throws -> [Float] {
    guard let first = adapter.layout.lowestLayer else { return try losses(batch, adapter: adapter, workspace) }
    return try workspace.scoped {
      let selection = LayerContext.Selection(rows: batch.labelledRows, spans: batch.labelledSpans)
      let top = context(batch, adapter: adapter, dropout: dropout, selecting: selection)
      var lower = top
      lower.selection = nil
      var x = try states(enteringLayer: first, of: batch, cache: cache, workspace)
      var tapes: [LayerTape] = []
      for layer in first..<layers.count {
        let isTop = layer == layers.count - 1
        let result = workspace.matrix(isTop ? selection.rows.count : x.rows, x.columns)
        tapes.append(layers[layer].forward(x, into: result, isTop ? top : lower, workspace))
        x = result
      }
      let inverse = workspace.vector(x.rows)
      var gradient = workspace.matrix(x.rows, x.columns)
      let losses = workspace.scoped {
        let normed = workspace.matrix(x.rows, x.columns)
        let dNormed = workspace.matrix(x.rows, x.columns)
        finalNorm.forward(x, into: normed, inverse: inverse)
        let losses = output.lossesAndGradient(
          normed, targets: batch.targets, into: dNormed, workspace, choosing: choose)
        gradient.clear()
        finalNorm.backward(dNormed, x: x, inverse: inverse, addingTo: gradient)
        return losses
      }
      for layer in (first..<layers.count).reversed() {
        let next = layers[layer].backward(
          gradient, tapes[layer - first], layer == layers.count - 1 ? top : lower, into: target,
          wantsInputGradient: layer > first, workspace)
        guard let next else { break }
        gradient = next
      }
      return losses
    }
  }
}

/// What the state below an adapter depends on, for one base.
package struct PrefixStateKey: Hashable, Sendable {
  package let layer: Int
  package let tokens: [Int32]
  /// Positions tell how a prompt and its continuations are laid out.
  package let positions: [Int32]
}

/// Keeps what comes out of the layers below the lowest adapter, for each block of tokens.
package protocol PrefixStateCache: Sendable {
  /// Fills `states` [T, D]; false if they are not known.
  func read(_ key: PrefixStateKey, into states: Matrix) throws -> Bool
  /// Keeps `states`.
  func write(_ key: PrefixStateKey, states: Matrix) throws
}
