import COpenBLAS

/// The linear map from responses to ridge coefficients: theta = W y, W [features][rows], with an unpenalised intercept.
///
/// W = (Xc' Xc + ridge I)^-1 Xc', Xc the features centred over rows; the intercept is mean(y) - mean(x) . theta.
func ridgeWeights(_ rows: [[Double]], ridge: Double) throws -> [[Double]] {
  let n = rows.count
  let p = rows.first?.count ?? 0
  if p == 0 { return [] }
  var x = rows.flatMap { $0 }  // [n, p]
  for feature in 0..<p {
    let mean = rows.reduce(0) { $0 + $1[feature] } / Double(n)
    for row in 0..<n { x[row * p + feature] -= mean }
  }
  var gram = multiply(x, x, m: p, k: n, n: p, transposeA: true)
  for feature in 0..<p { gram[feature * p + feature] += ridge }
  // Column-major LAPACK sees row-major x as its transpose [p, n]: exactly the right-hand sides.
  let solved = try Cholesky(gram, size: p, what: "the ridge regression").solve(x, columns: n)
  return (0..<p).map { feature in (0..<n).map { solved[$0 * p + feature] } }
}
