/// The low-rank update of one adapted matrix: scale * B A.
public struct LowRankUpdate: Sendable {
  /// The matrix's name.
  public let name: String
  /// [rank, input]
  public let a: [Float]
  /// [output, rank]
  public let b: [Float]
  /// The rank.
  public let rank: Int
  /// alpha / rank, or alpha / sqrt(rank) for rsLoRA.
  public let scale: Float

  /// An update.
  ///
  /// - Throws: ``AffinityError/shapeMismatch(what:expected:found:)`` when A or B is no multiple of the rank.
  public init(name: String, a: [Float], b: [Float], rank: Int, scale: Float) throws {
    guard rank > 0, !a.isEmpty, a.count % rank == 0 else {
      throw AffinityError.shapeMismatch(what: "A of \(name)", expected: rank, found: a.count)
    }
    guard !b.isEmpty, b.count % rank == 0 else {
      throw AffinityError.shapeMismatch(what: "B of \(name)", expected: rank, found: b.count)
    }
    self.name = name
    self.a = a
    self.b = b
    self.rank = rank
    self.scale = scale
  }

  var input: Int { a.count / rank }
  var output: Int { b.count / rank }

  /// <B A, B' A'> by rank x rank products: tr((B'B')' ...) = sum of (B^T B') * (A A'^T), times both scales.
  public func inner(_ other: LowRankUpdate) throws -> Double {
    try check(other)
    let left = multiply(b, other.b, m: rank, k: output, n: other.rank, transposeA: true)
    let right = multiply(a, other.a, m: rank, k: input, n: other.rank, transposeB: true)
    return zip(left, right).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } * Double(scale) * Double(other.scale)
  }

  /// The update itself, scale * B A, row-major [output, input].
  public var dense: [Float] {
    multiply(b.map { $0 * scale }, a, m: output, k: rank, n: input)
  }

  func check(_ other: LowRankUpdate) throws {
    guard name == other.name, input == other.input, output == other.output else {
      throw AffinityError.shapeMismatch(what: "the update of \(name)", expected: a.count, found: other.a.count)
    }
  }

  /// Cosines of the principal angles between the output spaces of two updates, falling (columns of B).
  public func outputAngles(_ other: LowRankUpdate) throws -> [Double] {
    try check(other)
    return try angles(
      multiply(b, b, m: rank, k: output, n: rank, transposeA: true),
      multiply(b, other.b, m: rank, k: output, n: other.rank, transposeA: true),
      multiply(other.b, other.b, m: other.rank, k: output, n: other.rank, transposeA: true), rank, other.rank)
  }

  /// Cosines of the principal angles between the input spaces of two updates, falling (rows of A).
  public func inputAngles(_ other: LowRankUpdate) throws -> [Double] {
    try check(other)
    return try angles(
      multiply(a, a, m: rank, k: input, n: rank, transposeB: true),
      multiply(a, other.a, m: rank, k: input, n: other.rank, transposeB: true),
      multiply(other.a, other.a, m: other.rank, k: input, n: other.rank, transposeB: true), rank, other.rank)
  }
}

/// Singular values of (X'X)^-1/2 X'Y (Y'Y)^-1/2; directions of no length are left out.
private func angles(_ xx: [Float], _ xy: [Float], _ yy: [Float], _ m: Int, _ n: Int) throws -> [Double] {
  func inverseRoot(_ gram: [Float], _ size: Int) throws -> [Double] {
    let eigen = try SymmetricEigen(gram.map(Double.init), size: size)
    let floor = 1e-6 * max(eigen.values.last ?? 0, 0)
    return eigen.map { $0 > floor ? 1 / $0.squareRoot() : 0 }
  }
  let left = multiply(try inverseRoot(xx, m), xy.map(Double.init), m: m, k: m, n: n)
  let core = multiply(left, try inverseRoot(yy, n), m: m, k: n, n: n)
  let square = multiply(core, core, m: m, k: n, n: m, transposeB: true)
  let values = try SymmetricEigen(square, size: m).values
  return values.reversed().prefix(min(m, n)).map { min(max($0, 0), 1).squareRoot() }
}

/// Cosines between the updates of adapters trained on one task each: sum over matrices of <B A, B' A'> over both
/// norms. A and B alone are never compared: (B R, R^-1 A) is the same update for any R.
///
/// - Throws: ``AffinityError`` when adapters differ in matrices.
public func weightAffinity(_ adapters: [[LowRankUpdate]]) throws -> PairAffinityEstimator {
  useOneBLASThread()
  let n = adapters.count
  var inner = Array(repeating: Array(repeating: 0.0, count: n), count: n)
  for i in 0..<n {
    for j in 0...i {
      guard adapters[i].count == adapters[j].count else {
        throw AffinityError.shapeMismatch(
          what: "an adapter's matrices", expected: adapters[i].count, found: adapters[j].count)
      }
      inner[i][j] = try zip(adapters[i], adapters[j]).reduce(0) { try $0 + $1.0.inner($1.1) }
      inner[j][i] = inner[i][j]
    }
  }
  let affinity = (0..<n).map { i in
    (0..<n).map { j -> Double? in
      let length = (inner[i][i] * inner[j][j]).squareRoot()
      return length > 0 ? inner[i][j] / length : nil
    }
  }
  return PairAffinityEstimator(name: "weights", affinity: affinity, cost: EstimatorCost(runs: n))
}
