import COpenBLAS

/// The Cholesky factor of a symmetric positive definite matrix.
struct Cholesky: Sendable {
  let size: Int
  /// Column-major, lower triangle.
  private var factor: [Double]

  /// Factors a symmetric matrix, [size, size].
  ///
  /// - Throws: ``AffinityError/singular(what:reason:)`` when it is not positive definite.
  init(_ matrix: [Double], size: Int, what: String) throws {
    self.size = size
    factor = matrix
    var n = blasint(size)
    var info: blasint = 0
    var triangle = CChar(UInt8(ascii: "L"))
    dpotrf_(&triangle, &n, &factor, &n, &info, 1)
    guard info == 0 else {
      throw AffinityError.singular(what: what, reason: "its matrix is not positive definite (pivot \(info) of \(size))")
    }
  }

  /// Solves for right-hand sides held one after another, [columns][size].
  func solve(_ right: [Double], columns: Int = 1) throws -> [Double] {
    var result = right
    var n = blasint(size)
    var count = blasint(columns)
    var info: blasint = 0
    var triangle = CChar(UInt8(ascii: "L"))
    dpotrs_(&triangle, &n, &count, factor, &n, &result, &n, &info, 1)
    guard info == 0 else { throw AffinityError.singular(what: "a linear system", reason: "argument \(-info) is wrong") }
    return result
  }
}
