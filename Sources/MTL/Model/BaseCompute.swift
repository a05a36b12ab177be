import CKernels

/// The precision of the products with the frozen base. Everything else (residual stream, norms, attention, adapter,
/// loss, optimizer) is in single precision always.
public enum BaseCompute: String, Codable, Sendable, CaseIterable {
  /// Single precision throughout: what the references are compared with.
  case fp32
  /// Both factors rounded to bfloat16, summed in single precision: about twice as fast where the CPU has the
  /// instruction for it (AVX-512 BF16), and computed in single precision from the same rounded factors elsewhere.
  case bf16

  /// Whether this CPU multiplies bfloat16 itself.
  public static let isNative = mtl_bf16_supported()
}

extension Workspace {
  /// Weights that a bfloat16 product reads, row-major and contiguous.
  package enum BFloat16Factor {
    case fp32(UnsafePointer<Float>)
    case bf16(UnsafePointer<UInt16>)

    fileprivate var floats: UnsafePointer<Float>? { if case .fp32(let pointer) = self { pointer } else { nil } }
    fileprivate var halves: UnsafePointer<UInt16>? { if case .bf16(let pointer) = self { pointer } else { nil } }
  }

  /// A copy of `x` with every element rounded to bfloat16, on the stack.
  package func rounded(_ x: Matrix) -> Matrix {
    let result = matrix(x.rows, x.columns)
    for i in 0..<x.rows { mtl_round_to_bf16(x.pointer + i * x.stride, result.pointer + i * result.stride, x.columns) }
    return result
  }

  /// `c = a op(w) + beta c` in the precision `compute`, where `w` is contiguous; op(w) [a.columns, c.columns].
  package func multiply(
    _ a: Matrix, _ w: Matrix, _ transposition: Transposition, in compute: BaseCompute,
    native: Bool = BaseCompute.isNative, into c: Matrix, beta: Float
  ) {
    if compute == .fp32 {
      gemm(a, .plain, w, transposition, into: c, beta: beta)
    } else if native {
      precondition(w.isContiguous)
      multiply(
        a, weights: .fp32(w.pointer), rows: w.rows, columns: w.columns, transposition, into: c, beta: beta)
    } else {
      scoped { gemm(rounded(a), .plain, rounded(w), transposition, into: c, beta: beta) }
    }
  }

  /// The same with the CPU's own bfloat16 products; `weights` [rows, columns].
  package func multiply(
    _ a: Matrix, weights: BFloat16Factor, rows: Int, columns: Int, _ transposition: Transposition, into c: Matrix,
    beta: Float
  ) {
    let (k, n) = transposition == .transposed ? (columns, rows) : (rows, columns)
    precondition(BaseCompute.isNative && a.columns == k && c.columns == n && c.rows == a.rows)
    count(multiplyAdds: a.rows * n * k)
    scoped {
      let scratch = vector(mtl_bf16_gemm_scratch())
      mtl_bf16_gemm(
        a.rows, n, k, a.pointer, a.stride, weights.floats, weights.halves, columns, transposition == .transposed,
        c.pointer, c.stride,
        beta, scratch)
    }
  }

  /// `y = x w^T + beta y` for a few rows of x, with the CPU's own bfloat16 products; w [y.columns, x.columns].
  package func skinnyProduct(_ x: Matrix, weights: BFloat16Factor, into y: Matrix, beta: Float) {
    precondition(BaseCompute.isNative && x.rows == y.rows)
    scoped {
      let scratch = vector(x.rows * (x.columns + 32) / 2)
      mtl_bf16_skinny_product(
        x.pointer, x.stride, weights.floats, weights.halves, y.pointer, y.stride, x.rows, y.columns, x.columns, beta,
        scratch)
    }
  }
}
