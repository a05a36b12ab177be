extension TransformerLayer {
  /// Turns `gradient` [N, D] of the output into that of the input [T, D], and writes the gradients of the adapters.
  ///
  /// The tape's gateUp is overwritten. Where the input's gradient is not wanted (the lowest adapted layer), what only
  /// it needs is left out.
  ///
  /// - Returns: the gradient of the input: `gradient` itself where all rows come out, else new; nil if not wanted.
  package func backward(
    _ gradient: Matrix, _ tape: LayerTape, _ context: LayerContext, into target: GradientTarget,
    wantsInputGradient: Bool, _ workspace: Workspace
  ) -> Matrix? {
    feedForwardBackward(gradient, tape, context, into: target, workspace)
    let hasQueries = context.group(index, .attentionInput) != nil
    let inputGradient: Matrix? =
      wantsInputGradient ? (context.selection == nil ? gradient : workspace.matrix(tape.x.rows, tape.x.columns)) : nil
    workspace.scoped {
      let dAttended = workspace.matrix(gradient.rows, queryWidth)
      let below = wantsInputGradient || hasQueries
      if below { attentionOutput.backward(gradient, into: dAttended, workspace) }
      if let group = context.group(index, .attentionOutput), let z = tape.zAttentionOutput {
        group.backward(
          tape.attended, keys: context.outputKeys, z: z, dOutputs: [gradient], rows: context.outputRows, into: target,
          addingTo: below ? dAttended : nil, workspace)
      }
      if !below { return }
      let d = ProjectionGradient(self, tape, selected: context.selection != nil, workspace)
      attention.backward(
        dOutput: dAttended, output: tape.attended, logSum: tape.logSum, q: tape.q, k: tape.k, v: tape.v,
        spans: context.outputSpans, dq: d.q, dk: d.k, dv: d.v, workspace)
      context.rotary.backward(d.q, positions: context.outputPositions)
      context.rotary.backward(d.k, positions: context.positions)
      projectBackward(d, gradient, tape, context, into: target, inputGradient, workspace)
    }
    return inputGradient
  }

  /// `gradient` of the output becomes that of the middle, both [N, D].
  private func feedForwardBackward(
    _ gradient: Matrix, _ tape: LayerTape, _ context: LayerContext, into target: GradientTarget, _ workspace: Workspace
  ) {
    workspace.scoped {
      let dHidden = workspace.matrix(tape.gateUp.rows, down.columns)
      down.backward(gradient, into: dHidden, workspace)
      if let group = context.group(index, .mlpHidden), let z = tape.zMLPHidden {
        let hidden = workspace.matrix(dHidden.rows, dHidden.columns)
        SwiGLU.forward(tape.gateUp, into: hidden)
        group.backward(
          hidden, keys: context.outputKeys, z: z, dOutputs: [gradient], rows: context.outputRows, into: target,
          addingTo: dHidden, workspace)
      }
      SwiGLU.backward(tape.gateUp, dh: dHidden)
      let dNormed = workspace.matrix(gradient.rows, gradient.columns)
      gateUp.backward(tape.gateUp, into: dNormed, workspace)
      if let group = context.group(index, .mlpInput), let z = tape.zMLPInput {
        let normed = workspace.matrix(gradient.rows, gradient.columns)
        mlpNorm.recompute(tape.middle, inverse: tape.mlpInverse, into: normed)
        group.backward(
          normed, keys: context.outputKeys, z: z, dOutputs: group.sites.map { tape.gateOrUp(of: $0.target) },
          rows: context.outputRows, into: target, addingTo: dNormed, workspace)
      }
      mlpNorm.backward(dNormed, x: tape.middle, inverse: tape.mlpInverse, addingTo: gradient)
    }
  }

  /// From the gradients of the projections to that of the layer's input.
  private func projectBackward(
    _ d: ProjectionGradient, _ gradient: Matrix, _ tape: LayerTape, _ context: LayerContext,
    into target: GradientTarget, _ inputGradient: Matrix?, _ workspace: Workspace
  ) {
    let dNormed = inputGradient.map { workspace.matrix($0.rows, $0.columns) }
    let all = context.group(index, .attentionInput, only: context.selection == nil ? nil : [.k, .v])
    let queries = context.selection == nil ? nil : context.group(index, .attentionInput, only: [.q])
    let normed = workspace.matrix(tape.x.rows, tape.x.columns)
    if all != nil || queries != nil {
      attentionNorm.recompute(tape.x, inverse: tape.attentionInverse, into: normed)
    }
    if let dNormed {
      let first = qkv.rows - d.all.columns
      qkv.backward(d.all, rows: first..<qkv.rows, into: dNormed, workspace)
    }
    if let all, let z = tape.zAttentionInput {
      all.backward(
        normed, keys: context.keys, z: z, dOutputs: all.sites.map { d.projection(of: $0.target) }, rows: .all,
        into: target, addingTo: dNormed, workspace)
    }
    if let selection = context.selection {
      let dSelected = workspace.matrix(selection.rows.count, tape.x.columns)
      if dNormed != nil { qkv.backward(d.q, rows: 0..<queryWidth, into: dSelected, workspace) }
      if let queries, let z = tape.zQuery {
        let selected = workspace.matrix(selection.rows.count, tape.x.columns)
        selected.gather(selection.rows, from: normed)
        queries.backward(
          selected, keys: context.outputKeys, z: z, dOutputs: [d.q], rows: .labelled, into: target,
          addingTo: dNormed == nil ? nil : dSelected, workspace)
      }
      dNormed?.scatterAdd(dSelected, to: selection.rows)
      inputGradient?.clear()
      inputGradient?.scatterAdd(gradient, to: selection.rows)
    }
    if let dNormed, let inputGradient {
      attentionNorm.backward(dNormed, x: tape.x, inverse: tape.attentionInverse, addingTo: inputGradient)
    }
  }
}

/// Gradients of q, k and v, laid out as the tape's projections are.
private struct ProjectionGradient {
  let q: Matrix
  let k: Matrix
  let v: Matrix
  /// q, k and v side by side, or k and v where q has fewer rows.
  let all: Matrix

  init(_ layer: TransformerLayer, _ tape: LayerTape, selected: Bool, _ workspace: Workspace) {
    all = workspace.matrix(tape.projections.rows, tape.projections.columns)
    q = selected ? workspace.matrix(tape.q.rows, layer.queryWidth) : all.columns(0..<layer.queryWidth)
    let first = all.columns - 2 * layer.keyWidth
    k = all.columns(first..<first + layer.keyWidth)
    v = all.columns(first + layer.keyWidth..<first + 2 * layer.keyWidth)
  }

  func projection(of target: LoRATarget) -> Matrix {
    switch target {
    case .q: q
    case .k: k
    default: v
    }
  }
}
