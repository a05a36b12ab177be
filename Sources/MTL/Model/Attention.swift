import CKernels

/// Queries that attend to one run of keys: a sequence of the pack, or part of one.
package struct AttentionSpan: Sendable, Equatable {
  /// Rows of the query matrix.
  package var queries: Range<Int>
  /// Rows of the key and value matrices.
  package var keys: Range<Int>
  /// Rows of the keys and values computed earlier that come before everything else. Forward only.
  package var earlier: Range<Int>?
  /// Rows of the key and value matrices that come before `keys`: a prompt shared with other spans. Forward only.
  package var sharedPrefix: Range<Int>?
  /// For each query, how many of the keys (those before included) it sees: its own position and those before it.
  package var visible: [Int32]

  package init(
    queries: Range<Int>, keys: Range<Int>, earlier: Range<Int>? = nil, sharedPrefix: Range<Int>? = nil,
    visible: [Int32]
  ) {
    self.queries = queries
    self.keys = keys
    self.earlier = earlier
    self.sharedPrefix = sharedPrefix
    self.visible = visible
  }
}

/// Causal softmax attention with grouped queries over a pack of sequences.
///
/// `O = softmax(Q K^T / sqrt(Dh)) V` within each span. The cost is the sum over spans of queries x keys, halved by
/// taking queries in blocks that see only the keys up to their last; at most one block of scores exists at a time, and
/// backward computes it again from the stored log-sum (as in FlashAttention, arXiv 2205.14135).
package struct Attention: Sendable {
  package let heads: Int
  package let keyValueHeads: Int
  package let headWidth: Int

  private static let block = 128
  private var scale: Float { 1 / Float(headWidth).squareRoot() }

  package init(heads: Int, keyValueHeads: Int, headWidth: Int) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headWidth = headWidth
  }

  private func head(_ matrix: Matrix, _ index: Int) -> Matrix {
    matrix.columns(index * headWidth..<(index + 1) * headWidth)
  }

  /// Calls `body` with the query rows of a block, the indices of those rows in the span, and how many keys they see.
  private func forEachBlock(_ span: AttentionSpan, _ body: (Range<Int>, Range<Int>, Int) -> Void) {
    for first in stride(from: 0, to: span.queries.count, by: Self.block) {
      let indices = first..<min(first + Self.block, span.queries.count)
      let rows = span.queries.lowerBound + indices.lowerBound..<span.queries.lowerBound + indices.upperBound
      body(rows, indices, Int(span.visible[indices.upperBound - 1]))
    }
  }

  /// q [Tq, H Dh], k and v [T, K Dh] -> output [Tq, H Dh], logSum [Tq, H].
  ///
  /// `earlier` holds the keys and values that spans' `earlier` refers to.
  package func forward(
    q: Matrix, k: Matrix, v: Matrix, earlier: (k: Matrix, v: Matrix)? = nil, spans: [AttentionSpan],
    into output: Matrix, logSum: Matrix, _ workspace: Workspace
  ) {
    precondition(q.columns == heads * headWidth && k.columns == keyValueHeads * headWidth && v.columns == k.columns)
    for span in spans {
      workspace.scoped {
        let (keys, values) = gathered(span, k, v, earlier: earlier, workspace)
        for h in 0..<heads {
          let group = h / (heads / keyValueHeads)
          let (kh, vh) = (head(keys, group), head(values, group))
          forEachBlock(span) { rows, indices, seen in
            workspace.scoped {
              let scores = workspace.matrix(rows.count, seen)
              workspace.gemm(head(q.rows(rows), h), .plain, kh.rows(0..<seen), .transposed, into: scores)
              span.visible.withUnsafeBufferPointer { visible in
                guard let counts = visible.baseAddress else { return }
                mtl_attention_softmax(
                  scores.pointer, counts + indices.lowerBound, logSum.pointer + rows.lowerBound * logSum.stride + h,
                  logSum.stride, rows.count, seen, scale)
              }
              workspace.gemm(scores, .plain, vh.rows(0..<seen), .plain, into: head(output.rows(rows), h))
            }
          }
        }
      }
    }
  }

  /// Keys and values of a span in one piece: where they lie, or copied behind what comes before them.
  private func gathered(
    _ span: AttentionSpan, _ k: Matrix, _ v: Matrix, earlier: (k: Matrix, v: Matrix)?, _ workspace: Workspace
  ) -> (Matrix, Matrix) {
    if span.earlier == nil && span.sharedPrefix == nil { return (k.rows(span.keys), v.rows(span.keys)) }
    func joined(_ own: Matrix, _ before: Matrix?) -> Matrix {
      var parts: [Matrix] = []
      if let range = span.earlier, let before { parts.append(before.rows(range)) }
      if let range = span.sharedPrefix { parts.append(own.rows(range)) }
      parts.append(own.rows(span.keys))
      let result = workspace.matrix(parts.reduce(0) { $0 + $1.rows }, own.columns)
      var row = 0
      for part in parts {
        result.rows(row..<row + part.rows).copy(from: part)
        row += part.rows
      }
      return result
    }
    return (joined(k, earlier?.k), joined(v, earlier?.v))
  }

  /// Writes dq [Tq, H Dh] and dk, dv [T, K Dh], given `dOutput` and what forward read and wrote.
  package func backward(
    dOutput: Matrix, output: Matrix, logSum: Matrix, q: Matrix, k: Matrix, v: Matrix, spans: [AttentionSpan],
    dq: Matrix, dk: Matrix, dv: Matrix, _ workspace: Workspace
  ) {
    dk.clear()
    dv.clear()
    for span in spans {
      precondition(span.sharedPrefix == nil && span.earlier == nil, "shared tokens are for scoring only")
      let (keys, values) = (k.rows(span.keys), v.rows(span.keys))
      let (dKeys, dValues) = (dk.rows(span.keys), dv.rows(span.keys))
      for h in 0..<heads {
        let group = h / (heads / keyValueHeads)
        forEachBlock(span) { rows, indices, seen in
          workspace.scoped {
            let (qh, dOutputH) = (head(q.rows(rows), h), head(dOutput.rows(rows), h))
            let (kh, vh) = (head(keys, group).rows(0..<seen), head(values, group).rows(0..<seen))
            let (dkh, dvh) = (head(dKeys, group).rows(0..<seen), head(dValues, group).rows(0..<seen))
            let outputH = head(output.rows(rows), h)
            let p = workspace.matrix(rows.count, seen)
            let dp = workspace.matrix(rows.count, seen)
            let dots = workspace.vector(rows.count)
            workspace.gemm(qh, .plain, kh, .transposed, into: p)
            workspace.gemm(dOutputH, .plain, vh, .transposed, into: dp)
            mtl_row_dots(
              dOutputH.pointer, dOutputH.stride, outputH.pointer, outputH.stride, dots, rows.count, headWidth)
            span.visible.withUnsafeBufferPointer { visible in
              guard let counts = visible.baseAddress else { return }
              mtl_attention_softmax_backward(
                p.pointer, dp.pointer, counts + indices.lowerBound,
                logSum.pointer + rows.lowerBound * logSum.stride + h, logSum.stride, dots, rows.count, seen, scale)
            }
            workspace.gemm(p, .transposed, dOutputH, .plain, into: dvh, beta: 1)
            workspace.gemm(dp, .plain, kh, .plain, into: head(dq.rows(rows), h))
            workspace.gemm(dp, .transposed, qh, .plain, into: dkh, beta: 1)
          }
        }
      }
    }
  }
}
