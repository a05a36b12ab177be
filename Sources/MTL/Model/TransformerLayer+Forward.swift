extension TransformerLayer {
  /// x [T, D] -> output [N, D]; the tape is valid until the workspace is released to before it.
  package func forward(
    _ x: Matrix, into output: Matrix, _ context: LayerContext, _ workspace: Workspace
  ) -> LayerTape {
    let tape = LayerTape(self, x: x, context, workspace)
    workspace.scoped {
      let normed = workspace.matrix(x.rows, x.columns)
      attentionNorm.forward(x, into: normed, inverse: tape.attentionInverse)
      project(normed, tape, context, workspace)
      context.rotary.forward(tape.q, positions: context.outputPositions)
      context.rotary.forward(tape.k, positions: context.positions)
    }
    let earlier = context.earlier.map { (k: $0.keys(index, $0.count), v: $0.values(index, $0.count)) }
    attention.forward(
      q: tape.q, k: tape.k, v: tape.v, earlier: earlier, spans: context.outputSpans, into: tape.attended,
      logSum: tape.logSum, workspace)
    if let selection = context.selection {
      tape.middle.gather(selection.rows, from: x)
    } else {
      tape.middle.copy(from: x)
    }
    attentionOutput.forward(tape.attended, into: tape.middle, beta: 1, workspace)
    if let group = context.group(index, .attentionOutput), let z = tape.zAttentionOutput {
      group.forward(tape.attended, keys: context.outputKeys, z: z, addingTo: [tape.middle], workspace)
    }
    feedForward(tape, into: output, context, workspace)
    return tape
  }

  /// Queries, keys and values of the normalised input [T, D].
  private func project(_ normed: Matrix, _ tape: LayerTape, _ context: LayerContext, _ workspace: Workspace) {
    guard let selection = context.selection else {
      qkv.forward(normed, into: tape.projections, workspace)
      if let group = context.group(index, .attentionInput), let z = tape.zAttentionInput {
        let outputs = group.sites.map { tape.projection(of: $0.target) }
        group.forward(normed, keys: context.keys, z: z, addingTo: outputs, workspace)
      }
      return
    }
    let selected = workspace.matrix(selection.rows.count, normed.columns)
    selected.gather(selection.rows, from: normed)
    qkv.forward(selected, rows: 0..<queryWidth, into: tape.q, workspace)
    qkv.forward(normed, rows: queryWidth..<qkv.rows, into: tape.projections, workspace)
    if let group = context.group(index, .attentionInput, only: [.q]), let z = tape.zQuery {
      group.forward(selected, keys: context.outputKeys, z: z, addingTo: [tape.q], workspace)
    }
    if let group = context.group(index, .attentionInput, only: [.k, .v]), let z = tape.zAttentionInput {
      let outputs = group.sites.map { tape.projection(of: $0.target) }
      group.forward(normed, keys: context.keys, z: z, addingTo: outputs, workspace)
    }
  }

  /// The second half of the layer: `output = middle + MLP(RMSNorm(middle))`.
  private func feedForward(_ tape: LayerTape, into output: Matrix, _ context: LayerContext, _ workspace: Workspace) {
    workspace.scoped {
      let normed = workspace.matrix(tape.middle.rows, tape.middle.columns)
      mlpNorm.forward(tape.middle, into: normed, inverse: tape.mlpInverse)
      gateUp.forward(normed, into: tape.gateUp, workspace)
      if let group = context.group(index, .mlpInput), let z = tape.zMLPInput {
        let outputs = group.sites.map { tape.gateOrUp(of: $0.target) }
        group.forward(normed, keys: context.outputKeys, z: z, addingTo: outputs, workspace)
      }
    }
    workspace.scoped {
      let hidden = workspace.matrix(tape.gateUp.rows, down.columns)
      SwiGLU.forward(tape.gateUp, into: hidden)
      output.copy(from: tape.middle)
      down.forward(hidden, into: output, beta: 1, workspace)
      if let group = context.group(index, .mlpHidden), let z = tape.zMLPHidden {
        group.forward(hidden, keys: context.outputKeys, z: z, addingTo: [output], workspace)
      }
    }
  }
}

extension LayerTape {
  /// Where a target among q, k and v writes.
  func projection(of target: LoRATarget) -> Matrix {
    switch target {
    case .q: q
    case .k: k
    default: v
    }
  }

  /// Where gate or up writes.
  func gateOrUp(of target: LoRATarget) -> Matrix {
    let width = gateUp.columns / 2
    return gateUp.columns(target == .gate ? 0..<width : width..<2 * width)
  }
}
