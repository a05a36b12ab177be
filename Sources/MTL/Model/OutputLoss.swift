import CKernels

/// The output embedding and the cross-entropy of the labels, fused: logits exist for a chunk of rows at a time.
package struct OutputLoss: Sendable {
  package let head: WeightMatrix  // [V, D]

  /// Rows of logits that exist at once; fewer would make BLAS pack the head more often than it multiplies.
  private static let chunk = 128

  private func chunks(_ rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.chunk).map { $0..<min($0 + Self.chunk, rows) }
  }

  /// The logits of each row of x [N, D]: [N, V].
  package func logits(_ x: Matrix, into logits: Matrix, _ workspace: Workspace) {
    head.forward(x, into: logits, workspace)
  }

  /// The negative log-likelihood (nats) of `targets[i]` at row i of x [N, D].
  package func losses(_ x: Matrix, targets: ArraySlice<Int32>, _ workspace: Workspace) -> [Float] {
    precondition(targets.count == x.rows && targets.allSatisfy { $0 >= 0 && Int($0) < head.rows })
    var losses = [Float](repeating: 0, count: x.rows)
    for rows in chunks(x.rows) {
      workspace.scoped {
        let logits = workspace.matrix(rows.count, head.rows)
        head.forward(x.rows(rows), into: logits, workspace)
        let labels = Array(targets.dropFirst(rows.lowerBound).prefix(rows.count))
        losses.withUnsafeMutableBufferPointer { all in
          guard let base = all.baseAddress else { return }
          mtl_cross_entropy(logits.pointer, labels, base + rows.lowerBound, rows.count, head.rows)
        }
      }
    }
    return losses
  }

  /// The same losses; dx [N, D] receives the gradient of `sum of weights[i] * losses[i]`.
  package func lossesAndGradient(
    _ x: Matrix, targets: [Int32], weights: [Float], into dx: Matrix, _ workspace: Workspace
  ) -> [Float] {
    precondition(weights.count == x.rows)
    return lossesAndGradient(x, targets: targets, into: dx, workspace) { rows, _, _ in
      (Array(targets[rows]), Array(weights[rows]))
    }
  }

  /// The losses of `targets`; dx [N, D] receives the gradient of `sum of weights[i] * loss of other targets`, which `choose`
  /// gives for rows at a time, from their logits [rows, V] and losses.
  package func lossesAndGradient(
    _ x: Matrix, targets: [Int32], into dx: Matrix, _ workspace: Workspace,
    choosing choose: (_ rows: Range<Int>, _ logits: Matrix, _ losses: () -> [Float]) -> (
      targets: [Int32], weights: [Float]
    )
  ) -> [Float] {
    precondition(targets.count == x.rows && dx.rows == x.rows)
    precondition(targets.allSatisfy { $0 >= 0 && Int($0) < head.rows })
    var losses = [Float](repeating: 0, count: x.rows)
    for rows in chunks(x.rows) {
      workspace.scoped {
        let logits = workspace.matrix(rows.count, head.rows)
        head.forward(x.rows(rows), into: logits, workspace)
        var known: [Float]?
        let chosen = choose(rows, logits) {
          var losses = [Float](repeating: 0, count: rows.count)
          mtl_cross_entropy(logits.pointer, Array(targets[rows]), &losses, rows.count, head.rows)
          known = losses
          return losses
        }
        precondition(chosen.targets.count == rows.count && chosen.weights.count == rows.count)
        var found = [Float](repeating: 0, count: rows.count)
        mtl_cross_entropy_backward(
          logits.pointer, chosen.targets, chosen.weights, &found, rows.count, head.rows)
        losses.replaceSubrange(rows, with: known ?? found)
        head.backward(logits, into: dx.rows(rows), workspace)
      }
    }
    return losses
  }
}
