import COpenBLAS

/// Eigenvalues, rising, and eigenvectors of a symmetric matrix.
struct SymmetricEigen: Sendable {
  let size: Int
  /// Rising.
  let values: [Double]
  /// Vector k is `vectors[k * size ..< (k + 1) * size]`.
  let vectors: [Double]

  /// Decomposes [size, size].
  ///
  /// - Throws: ``AffinityError/singular(what:reason:)`` when the iteration does not converge.
  init(_ matrix: [Double], size: Int) throws {
    self.size = size
    var a = matrix
    var w = [Double](repeating: 0, count: size)
    var n = blasint(size)
    var info: blasint = 0
    var job = CChar(UInt8(ascii: "V"))
    var triangle = CChar(UInt8(ascii: "L"))
    var work = [0.0]
    var integers: [blasint] = [0]
    var workSize: blasint = -1
    var integerSize: blasint = -1
    dsyevd_(&job, &triangle, &n, &a, &n, &w, &work, &workSize, &integers, &integerSize, &info, 1, 1)
    workSize = blasint(work[0])
    integerSize = integers[0]
    work = [Double](repeating: 0, count: max(Int(workSize), 1))
    integers = [blasint](repeating: 0, count: max(Int(integerSize), 1))
    dsyevd_(&job, &triangle, &n, &a, &n, &w, &work, &workSize, &integers, &integerSize, &info, 1, 1)
    guard info == 0 else {
      throw AffinityError.singular(what: "an eigenvalue problem", reason: "it did not converge (\(info))")
    }
    values = w
    vectors = a
  }

  /// sum of f(value) vector vector', [size, size].
  func map(_ f: (Double) -> Double) -> [Double] {
    var scaled = vectors
    for k in 0..<size {
      let factor = f(values[k])
      for i in 0..<size { scaled[k * size + i] *= factor }
    }
    return multiply(scaled, vectors, m: size, k: size, n: size, transposeA: true)
  }
}
