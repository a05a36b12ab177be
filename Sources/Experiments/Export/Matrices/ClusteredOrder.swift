/// The order of leaves of a tree by average linkage: near ones beside each other, and of two branches the one with the
/// greater mean key first. Ties go to the earlier; the result depends on nothing else.
///
/// `distances` is symmetric, [n][n]. Source: Sokal and Michener 1958 (UPGMA).
package func clusteredOrder(distances: [[Double]], keys: [Double]) -> [Int] {
  var branches = keys.indices.map { (leaves: [$0], key: keys[$0]) }
  var between = distances
  while branches.count > 1 {
    var nearest = (0, 1)
    for i in branches.indices {
      for j in branches.indices where i < j && between[i][j] < between[nearest.0][nearest.1] { nearest = (i, j) }
    }
    let (i, j) = nearest
    let (a, b) = (branches[i], branches[j])
    let (m, n) = (Double(a.leaves.count), Double(b.leaves.count))
    for k in branches.indices where k != i && k != j {
      between[i][k] = (m * between[i][k] + n * between[j][k]) / (m + n)
      between[k][i] = between[i][k]
    }
    branches[i] = (a.key >= b.key ? a.leaves + b.leaves : b.leaves + a.leaves, (m * a.key + n * b.key) / (m + n))
    branches.remove(at: j)
    between.remove(at: j)
    for k in between.indices { between[k].remove(at: j) }
  }
  return branches.first?.leaves ?? []
}

extension DisplayMatrix {
  /// Rows and columns with like ones beside each other; of a square matrix both in one order.
  ///
  /// The distance of two rows is the mean square of their differences over the columns that both know, and likewise for
  /// columns; rows that share nothing are as far apart as the farthest.
  package func clustered() -> DisplayMatrix {
    let values = entries.map { $0.map { $0.cell?.value } }
    let transposed = columns.indices.map { column in values.map { $0[column] } }
    if isSquare {
      let profiles = rows.indices.map { values[$0] + transposed[$0] }
      let order = Self.order(profiles)
      return reordered(rows: order, columns: order)
    }
    return reordered(rows: Self.order(values), columns: Self.order(transposed))
  }

  private static func order(_ profiles: [[Double?]]) -> [Int] {
    var distances = profiles.map { _ in Array(repeating: Double.nan, count: profiles.count) }
    var farthest = 0.0
    for i in profiles.indices {
      for j in profiles.indices where i != j {
        let squares = zip(profiles[i], profiles[j]).compactMap { a, b in
          a.flatMap { a in b.map { (a - $0) * (a - $0) } }
        }
        guard !squares.isEmpty else { continue }
        distances[i][j] = squares.reduce(0, +) / Double(squares.count)
        farthest = max(farthest, distances[i][j])
      }
    }
    for i in distances.indices { for j in distances.indices where distances[i][j].isNaN { distances[i][j] = farthest } }
    let keys = profiles.map { profile -> Double in
      let known = profile.compactMap { $0 }
      return known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
    }
    return clusteredOrder(distances: distances, keys: keys)
  }
}
