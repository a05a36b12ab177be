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
