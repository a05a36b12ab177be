import CKernels

/// The gated activation `h = silu(gate) * up` (arXiv 2002.05202), gate and up side by side in one matrix.
package enum SwiGLU {
  /// gateUp [T, 2F] -> h [T, F].
  package static func forward(_ gateUp: Matrix, into h: Matrix) {
    check(gateUp, h)
    mtl_swiglu_forward(gateUp.pointer, h.pointer, h.rows, h.columns)
  }

  /// Replaces gateUp [T, 2F] by its gradient, given dh [T, F].
  package static func backward(_ gateUp: Matrix, dh: Matrix) {
    check(gateUp, dh)
    mtl_swiglu_backward(gateUp.pointer, dh.pointer, dh.rows, dh.columns)
  }

  private static func check(_ gateUp: Matrix, _ h: Matrix) {
    precondition(gateUp.isContiguous && h.isContiguous && gateUp.columns == 2 * h.columns && gateUp.rows == h.rows)
  }
}
