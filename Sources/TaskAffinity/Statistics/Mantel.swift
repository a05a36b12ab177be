/// How alike two matrices over the same units are, by relabelling the units of one.
public struct MantelResult: Codable, Sendable, Equatable {
  /// The correlation of the entries off the diagonal.
  public let correlation: Double
  /// The share of relabellings whose |correlation| reaches it.
  public let p: Double
  /// The relabellings tried.
  public let relabellings: Int
  /// Whether these are all there are.
  public let exact: Bool
  /// With fewer than 20 relabellings no p-value reaches 0.05: the correlation is descriptive only.
  public var isDescriptive: Bool { exact && relabellings < 20 }
}

/// Mantel's test, the quadratic assignment procedure for matrices that need not be symmetric.
///
/// Rows and columns of `b` are permuted together; exact up to 8 units (40,320 relabellings), else `draws` random
/// relabellings with the identity counted among them. Entries unknown in either are left out of that correlation.
///
/// - Throws: ``AffinityError`` when the matrices are not square and equal in size, or nothing varies.
public func mantelTest(
  _ a: [[Double?]], _ b: [[Double?]], byRanks: Bool = true, draws: Int = 9_999, generator: inout SplitMix64
) throws -> MantelResult {
  let n = a.count
  guard b.count == n, (a + b).allSatisfy({ $0.count == n }) else {
    throw AffinityError.shapeMismatch(what: "a matrix to compare", expected: n, found: b.count)
  }
  func correlation(_ order: [Int]) -> Double? {
    var x: [Double] = []
    var y: [Double] = []
    for i in 0..<n {
      for j in 0..<n where i != j {
        guard let left = a[i][j], let right = b[order[i]][order[j]] else { continue }
        x.append(left)
        y.append(right)
      }
    }
    return byRanks ? spearman(x, y) : pearson(x, y)
  }
  let identity = Array(0..<n)
  guard let observed = correlation(identity) else {
    throw AffinityError.insufficient(what: "the correlation of two matrices", missing: "entries that vary in both")
  }
  let bar = abs(observed) - 1e-12
  var reached = 0
  var tried = 0
  func count(_ order: [Int]) {
    tried += 1
    if abs(correlation(order) ?? 0) >= bar { reached += 1 }
  }
  let exact = n <= 8
  if exact {
    forEachPermutation(of: n, count)
  } else {
    count(identity)
    for _ in 0..<max(draws, 99) {
      var order = identity
      generator.shuffle(&order)
      count(order)
    }
  }
  return MantelResult(correlation: observed, p: Double(reached) / Double(tried), relabellings: tried, exact: exact)
}

/// How alike two definitions of affinity are on one sweep.
public struct MatrixAgreement: Codable, Sendable {
  /// One matrix.
  public let first: AffinityKind
  /// The other.
  public let second: AffinityKind
  /// Mantel's test on ranks, of cells off the diagonal.
  public let result: MantelResult

  /// A line for a terminal.
  public var description: String {
    let trials = "\(result.relabellings) relabellings\(result.exact ? ", all there are" : "")"
    return "\(first.rawValue) and \(second.rawValue): Spearman \(decimal(result.correlation, 2, signed: true)), "
      + (result.isDescriptive
        ? "descriptive (\(trials): no p-value can reach 0.05)"
        : "\(result.p < 0.0001 ? "p < 0.0001" : "p = \(decimal(result.p, 4))") by Mantel's test (\(trials))")
  }
}

/// Every two of some square matrices over the same units; those that are not square or do not vary are passed over.
public func agreement(of matrices: [AffinityMatrix]) -> [MatrixAgreement] {
  let values = matrices.map { $0.cells.map { $0.map { $0?.absolute.value } } }
  var generator = SplitMix64(seed: 1)
  return matrices.indices.flatMap { i in
    matrices.indices.filter { $0 > i && matrices[$0].rows == matrices[i].rows }.compactMap { j in
      (try? mantelTest(values[i], values[j], generator: &generator)).map {
        MatrixAgreement(first: matrices[i].kind, second: matrices[j].kind, result: $0)
      }
    }
  }
}

/// Every order of 0 ..< n once (Heap's algorithm).
func forEachPermutation(of n: Int, _ body: ([Int]) -> Void) {
  var order = Array(0..<n)
  var counters = Array(repeating: 0, count: n)
  body(order)
  var place = 1
  while place < n {
    if counters[place] < place {
      order.swapAt(place % 2 == 0 ? 0 : counters[place], place)
      body(order)
      counters[place] += 1
      place = 1
    } else {
      counters[place] = 0
      place += 1
    }
  }
}
