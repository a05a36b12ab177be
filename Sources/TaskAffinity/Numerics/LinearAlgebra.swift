import COpenBLAS

/// Keeps OpenBLAS on the calling thread: parallelism here is over tasks and statistics, never inside a product.
func useOneBLASThread() { openblas_set_num_threads(1) }

/// c [m, n] = a [m, k] * b [k, n], row-major, with optional transposes of the stored a or b.
func multiply(
  _ a: [Double], _ b: [Double], m: Int, k: Int, n: Int, transposeA: Bool = false, transposeB: Bool = false
) -> [Double] {
  var c = [Double](repeating: 0, count: m * n)
  guard m > 0, n > 0, k > 0 else { return c }
  cblas_dgemm(
    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
    blasint(m), blasint(n), blasint(k), 1, a, blasint(transposeA ? m : k), b, blasint(transposeB ? k : n), 0, &c,
    blasint(n))
  return c
}

/// c [m, n] = a [m, k] * b [k, n] in single precision.
func multiply(
  _ a: [Float], _ b: [Float], m: Int, k: Int, n: Int, transposeA: Bool = false, transposeB: Bool = false
) -> [Float] {
  var c = [Float](repeating: 0, count: m * n)
  accumulate(a, b, into: &c, m: m, k: k, n: n, transposeA: transposeA, transposeB: transposeB)
  return c
}

/// c [m, n] += a [m, k] * b [k, n] in single precision.
func accumulate(
  _ a: [Float], _ b: [Float], into c: inout [Float], m: Int, k: Int, n: Int, transposeA: Bool = false,
  transposeB: Bool = false
) {
  guard m > 0, n > 0, k > 0 else { return }
  cblas_sgemm(
    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
    blasint(m), blasint(n), blasint(k), 1, a, blasint(transposeA ? m : k), b, blasint(transposeB ? k : n), 1, &c,
    blasint(n))
}

/// The lower triangle of c [n, n] += a [n, k] * a'.
func accumulateSquare(_ a: [Float], into c: inout [Float], n: Int, k: Int) {
  guard n > 0, k > 0 else { return }
  cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, blasint(n), blasint(k), 1, a, blasint(k), 1, &c, blasint(n))
}
