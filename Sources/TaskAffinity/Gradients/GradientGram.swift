/// All inner products of a set of gradients: what every kernel estimator works from.
public struct GradientGram: Codable, Sendable {
  /// What each row is.
  public let rows: [GradientRow]
  /// Row-major [rows, rows], symmetric.
  public let values: [Float]

  /// Wraps known inner products, as from a cache.
  ///
  /// - Throws: ``AffinityError/shapeMismatch(what:expected:found:)`` when the values are not rows x rows.
  public init(rows: [GradientRow], values: [Float]) throws {
    guard values.count == rows.count * rows.count else {
      throw AffinityError.shapeMismatch(what: "a Gram matrix", expected: rows.count * rows.count, found: values.count)
    }
    self.rows = rows
    self.values = values
  }

  /// The exact inner products g_i' D g_j, streamed by panels of columns; memory is rows^2 + rows x width floats.
  ///
  /// The metric is the diagonal D, one number a parameter, not negative; the identity when nil.
  ///
  /// - Throws: ``AffinityError`` for a metric of wrong length, and the reader's errors.
  public init(_ panels: some GradientPanels, metric: [Float]? = nil, width: Int = 4_096) throws {
    useOneBLASThread()
    if let metric, metric.count != panels.parameterCount {
      throw AffinityError.shapeMismatch(what: "the metric", expected: panels.parameterCount, found: metric.count)
    }
    let n = panels.rows.count
    var gram = [Float](repeating: 0, count: n * n)
    try panels.forEachPanel(width: width) { columns, values in
      guard let metric else { return accumulateSquare(values, into: &gram, n: n, k: columns.count) }
      var scaled = values
      let roots = metric[columns].map { $0.squareRoot() }
      for row in 0..<n {
        for column in roots.indices { scaled[row * roots.count + column] *= roots[column] }
      }
      accumulateSquare(scaled, into: &gram, n: n, k: columns.count)
    }
    for i in 0..<n { for j in 0..<i { gram[j * n + i] = gram[i * n + j] } }
    rows = panels.rows
    values = gram
  }

  /// The inner products of features, [rows, size].
  public init(rows: [GradientRow], features: [Float], size: Int) throws {
    guard features.count == rows.count * size else {
      throw AffinityError.shapeMismatch(what: "gradient features", expected: rows.count * size, found: features.count)
    }
    useOneBLASThread()
    self.rows = rows
    values = multiply(features, features, m: rows.count, k: size, n: rows.count, transposeB: true)
  }

  /// The inner product of two rows.
  public subscript(i: Int, j: Int) -> Double { Double(values[i * rows.count + j]) }

  /// The places of rows of one kind.
  public func places(task: Int? = nil, split: Split, scalar: (GradientScalar) -> Bool) -> [Int] {
    rows.indices.filter { place in
      let row = rows[place]
      return row.example.split == split && scalar(row.scalar) && (task == nil || row.example.task == task)
    }
  }

  /// The block of rows and columns in double precision, scaled on both sides, [left, right].
  func block(_ left: [Int], _ right: [Int], leftScale: [Double]? = nil, rightScale: [Double]? = nil) -> [Double] {
    let n = rows.count
    return [Double](unsafeUninitializedCapacity: left.count * right.count) { buffer, count in
      for (i, row) in left.enumerated() {
        let scale = leftScale?[i] ?? 1
        for (j, column) in right.enumerated() {
          buffer[i * right.count + j] = Double(values[row * n + column]) * scale * (rightScale?[j] ?? 1)
        }
      }
      count = left.count * right.count
    }
  }
}
