/// One frozen layer of a LLaMA model: `m = x + Attention(RMSNorm(x))`, `y = m + MLP(RMSNorm(m))`.
package struct TransformerLayer: Sendable {
  package let index: Int
  package let configuration: ModelConfiguration
  package let attentionNorm: RMSNorm
  package let qkv: WeightMatrix  // [(H + 2K) Dh, D]
  package let attentionOutput: WeightMatrix  // [D, H Dh]
  package let mlpNorm: RMSNorm
  package let gateUp: WeightMatrix  // [2F, D]
  package let down: WeightMatrix  // [D, F]

  package var queryWidth: Int { configuration.queryWidth }
  package var keyWidth: Int { configuration.keyValueWidth }

  package var attention: Attention {
    Attention(
      heads: configuration.headCount, keyValueHeads: configuration.keyValueHeadCount,
      headWidth: configuration.headDimension)
  }
}

/// What every layer of a pass reads besides its input.
package struct LayerContext {
  package let rotary: RotaryEmbedding
  package let adapter: Adapter?
  package let dropout: AdapterDropout?
  package let positions: [Int32]
  package let spans: [AttentionSpan]
  package let keys: [UInt64]
  /// The rows whose output is wanted, where these are not all: set for the topmost layer only. The queries, the output
  /// projection and the MLP are then computed for these rows alone.
  package var selection: Selection?

  /// Keys and values of the tokens that spans' `earlier` refers to.
  package var earlier: KeyValueCache?

  package struct Selection {
    package let rows: [Int]
    package let spans: [AttentionSpan]
    package init(rows: [Int], spans: [AttentionSpan]) {
      self.rows = rows
      self.spans = spans
    }
  }

  package init(
    rotary: RotaryEmbedding, adapter: Adapter?, dropout: AdapterDropout?, positions: [Int32], spans: [AttentionSpan],
    keys: [UInt64], selection: Selection? = nil
  ) {
    self.rotary = rotary
    self.adapter = adapter
    self.dropout = dropout
    self.positions = positions
    self.spans = spans
    self.keys = keys
    self.selection = selection
  }

  /// Positions of the rows that come out.
  var outputPositions: [Int32] { selection.map { $0.rows.map { positions[$0] } } ?? positions }
  /// Keys of the rows that come out.
  var outputKeys: [UInt64] { selection.map { $0.rows.map { keys[$0] } } ?? keys }
  var outputSpans: [AttentionSpan] { selection?.spans ?? spans }
  var outputRows: PackRows { selection == nil ? .all : .labelled }

  func group(_ layer: Int, _ input: AdapterInput, only targets: [LoRATarget]? = nil) -> LoRAGroup? {
    LoRAGroup(adapter, layer: layer, input, only: targets, dropout: dropout)
  }
}

/// What a layer's backward pass needs and cannot cheaply compute again. N is the number of rows that come out: T, or
/// fewer in the topmost layer.
package struct LayerTape {
  package let x: Matrix  // [T, D]
  package let attentionInverse: UnsafeMutablePointer<Float>  // [T]
  package let q: Matrix  // [N, H Dh], rotated
  package let k: Matrix  // [T, K Dh], rotated
  package let v: Matrix  // [T, K Dh]
  /// q, k and v side by side where all rows come out, else k and v.
  package let projections: Matrix
  package let attended: Matrix  // [N, H Dh]
  package let logSum: Matrix  // [N, H]
  package let middle: Matrix  // [N, D]
  package let mlpInverse: UnsafeMutablePointer<Float>  // [N]
  package let gateUp: Matrix  // [N, 2F]
  /// drop(x) A^T of each group of adapters.
  package let zQuery: Matrix?  // [N, R], where not all rows come out
  package let zAttentionInput: Matrix?  // [T, ranks]
  package let zAttentionOutput: Matrix?  // [N, R]
  package let zMLPInput: Matrix?  // [N, ranks]
  package let zMLPHidden: Matrix?  // [N, R]

  init(_ layer: TransformerLayer, x: Matrix, _ context: LayerContext, _ workspace: Workspace) {
    let configuration = layer.configuration
    let (tokens, outputs) = (x.rows, context.selection?.rows.count ?? x.rows)
    let (qWidth, kWidth) = (layer.queryWidth, layer.keyWidth)
    self.x = x
    attentionInverse = workspace.vector(tokens)
    if context.selection == nil {
      projections = workspace.matrix(tokens, qWidth + 2 * kWidth)
      q = projections.columns(0..<qWidth)
    } else {
      projections = workspace.matrix(tokens, 2 * kWidth)
      q = workspace.matrix(outputs, qWidth)
    }
    let first = projections.columns - 2 * kWidth
    k = projections.columns(first..<first + kWidth)
    v = projections.columns(first + kWidth..<first + 2 * kWidth)
    attended = workspace.matrix(outputs, qWidth)
    logSum = workspace.matrix(outputs, configuration.headCount)
    middle = workspace.matrix(outputs, configuration.hiddenSize)
    mlpInverse = workspace.vector(outputs)
    gateUp = workspace.matrix(outputs, 2 * configuration.intermediateSize)
    func z(_ input: AdapterInput, _ rows: Int, only targets: [LoRATarget]? = nil) -> Matrix? {
      context.group(layer.index, input, only: targets).map { workspace.matrix(rows, $0.rankSum) }
    }
    zQuery = context.selection == nil ? nil : z(.attentionInput, outputs, only: [.q])
    zAttentionInput = z(.attentionInput, tokens, only: context.selection == nil ? nil : [.k, .v])
    zAttentionOutput = z(.attentionOutput, outputs)
    zMLPInput = z(.mlpInput, outputs)
    zMLPHidden = z(.mlpHidden, outputs)
  }
}
