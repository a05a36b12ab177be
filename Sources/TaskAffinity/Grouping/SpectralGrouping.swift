/// Groups tasks by the leading eigenvectors of the normalised affinity (Ng, Jordan and Weiss 2002).
///
/// Affinities are made symmetric, (A + A') / 2, and moved so that the least is zero.
///
/// - Throws: ``AffinityError`` when affinities are unknown or groups are outside 1 ... tasks.
public func spectralGrouping(
  tasks: [String], affinity: [[Double?]], groups: Int, generator: inout SplitMix64
) throws -> Grouping {
  try checkGroups(groups, tasks: tasks.count)
  let n = tasks.count
  let t = symmetrised(try completeAffinity(tasks, affinity))
  var low = Double.infinity
  for i in 0..<n { for j in 0..<n where i != j { low = min(low, t[i * n + j]) } }
  var w = t
  for i in 0..<n { for j in 0..<n { w[i * n + j] = i == j ? 0 : t[i * n + j] - low } }
  let degrees = (0..<n).map { i in max((0..<n).reduce(0) { $0 + w[i * n + $1] }, 1e-12) }
  for i in 0..<n { for j in 0..<n { w[i * n + j] /= (degrees[i] * degrees[j]).squareRoot() } }
  let eigen = try SymmetricEigen(w, size: n)
  let points = (0..<n).map { i -> [Double] in
    let row = (n - groups..<n).map { eigen.vectors[$0 * n + i] }
    let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? row.map { $0 / length } : row
  }
  let labels = kMeans(points, clusters: groups, starts: 20, generator: &generator)
  return Grouping(
    method: "spectral", groups: named(labels, tasks: tasks, groups: groups),
    objective: density(t, labels: labels, groups: groups))
}

/// (A + A') / 2, [n, n], with a zero diagonal.
func symmetrised(_ a: [[Double]]) -> [Double] {
  a.indices.flatMap { i in a.indices.map { j in i == j ? 0 : (a[i][j] + a[j][i]) / 2 } }
}

/// Sum over groups of the affinity within, over the group's size.
func density(_ t: [Double], labels: [Int], groups: Int) -> Double {
  let n = labels.count
  var within = Array(repeating: 0.0, count: groups)
  var size = Array(repeating: 0.0, count: groups)
  for i in 0..<n {
    size[labels[i]] += 1
    for j in 0..<n where labels[i] == labels[j] { within[labels[i]] += t[i * n + j] }
  }
  return zip(within, size).reduce(0) { $0 + ($1.1 > 0 ? $1.0 / $1.1 : 0) }
}

func named(_ labels: [Int], tasks: [String], groups: Int) -> [[String]] {
  (0..<groups).map { group in tasks.indices.filter { labels[$0] == group }.map { tasks[$0] } }.filter { !$0.isEmpty }
}
