import CKernels

/// Root-mean-square normalisation: `y = x / sqrt(mean(x^2) + epsilon) * weight`, row by row (arXiv 1910.07467).
package struct RMSNorm: Sendable {
  package let weight: FloatBuffer  // [D]
  package let epsilon: Float

  package init(weight: FloatBuffer, epsilon: Float) {
    self.weight = weight
    self.epsilon = epsilon
  }

  /// x, y [T, D] contiguous; `inverse` [T] receives what backward needs.
  package func forward(_ x: Matrix, into y: Matrix, inverse: UnsafeMutablePointer<Float>) {
    check(x, y)
    mtl_rms_norm_forward(x.pointer, weight.pointer, y.pointer, inverse, x.rows, x.columns, epsilon)
  }

  /// The same `y` again from the `inverse` of the forward pass.
  package func recompute(_ x: Matrix, inverse: UnsafePointer<Float>, into y: Matrix) {
    check(x, y)
    mtl_rms_norm_apply(x.pointer, weight.pointer, inverse, y.pointer, x.rows, x.columns)
  }

  /// Adds the gradient of x to `dx` [T, D], given `dy` [T, D].
  package func backward(_ dy: Matrix, x: Matrix, inverse: UnsafePointer<Float>, addingTo dx: Matrix) {
    check(dy, x)
    check(x, dx)
    mtl_rms_norm_backward(dy.pointer, x.pointer, weight.pointer, inverse, dx.pointer, x.rows, x.columns)
  }

  private func check(_ a: Matrix, _ b: Matrix) {
    precondition(a.isContiguous && b.isContiguous && a.rows == b.rows)
    precondition(a.columns == weight.count && b.columns == weight.count)
  }
}
