/// Groups tasks for the greatest sum over groups of within-affinity / size, by a semidefinite relaxation.
///
/// max <T, X> with X positive semidefinite, X >= 0, X e = e, tr X = groups, whose value bounds every partition. It is
/// solved by consensus ADMM between the cone (an eigenvalue projection), the orthant and the affine set, and rounded
/// by k-means on X's rows, then by moving and swapping single tasks while that helps.
///
/// - Throws: ``AffinityError`` when affinities are unknown or groups are outside 1 ... tasks.
public func densityGrouping(
  tasks: [String], affinity: [[Double?]], groups: Int, iterations: Int = 3_000, generator: inout SplitMix64
) throws -> Grouping {
  try checkGroups(groups, tasks: tasks.count)
  let n = tasks.count
  let t = symmetrised(try completeAffinity(tasks, affinity))
  let x = try relaxedPartition(t, size: n, groups: groups, iterations: iterations)
  let bound = zip(t, x).reduce(0) { $0 + $1.0 * $1.1 }
  let rows = (0..<n).map { i in Array(x[(i * n)..<((i + 1) * n)]) }
  var best: (labels: [Int], value: Double) = ([], -.infinity)
  for _ in 0..<10 {
    var labels = kMeans(rows, clusters: groups, starts: 3, generator: &generator)
    improve(&labels, t: t, groups: groups)
    let value = density(t, labels: labels, groups: groups)
    if value > best.value + 1e-12 { best = (labels, value) }
  }
  return Grouping(
    method: "density", groups: named(best.labels, tasks: tasks, groups: groups), objective: best.value,
    bound: max(bound, best.value))
}

/// The solution of the relaxation, [size, size].
func relaxedPartition(_ t: [Double], size n: Int, groups: Int, iterations: Int) throws -> [Double] {
  if n == 1 { return [1] }
  let norm = t.reduce(0) { $0 + $1 * $1 }.squareRoot()
  // The step is in units of the objective, so that scaling T changes nothing.
  let cost = t.map { norm > 0 ? $0 / norm * Double(groups).squareRoot() : 0 }
  var z = (0..<n * n).map { $0 / n == $0 % n ? Double(groups) / Double(n) : 0 }
  var duals = Array(repeating: Array(repeating: 0.0, count: n * n), count: 3)
  for _ in 0..<iterations {
    let cone = try SymmetricEigen(zip(z, duals[0]).map { $0 - $1 }, size: n).map { max($0, 0) }
    let orthant = zip(z, duals[1]).map { max($0 - $1, 0) }
    let affine = onAffineSet((0..<n * n).map { z[$0] - duals[2][$0] + cost[$0] }, size: n, trace: Double(groups))
    var moved = 0.0
    var apart = 0.0
    for k in 0..<n * n {
      let mean = (cone[k] + orthant[k] + affine[k] + duals[0][k] + duals[1][k] + duals[2][k]) / 3
      moved = max(moved, abs(mean - z[k]))
      z[k] = mean
      duals[0][k] += cone[k] - mean
      duals[1][k] += orthant[k] - mean
      duals[2][k] += affine[k] - mean
      apart = max(apart, abs(cone[k] - mean), abs(orthant[k] - mean), abs(affine[k] - mean))
    }
    if moved < 1e-9, apart < 1e-8 { break }
  }
  return z
}

/// The nearest symmetric matrix with X e = e and the given trace: W - mu e' - e mu' - nu I.
private func onAffineSet(_ w: [Double], size n: Int, trace: Double) -> [Double] {
  let count = Double(n)
  let excess = (0..<n).map { i in (0..<n).reduce(-1) { $0 + w[i * n + $1] } }
  let surplus = (0..<n).reduce(-trace) { $0 + w[$1 * n + $1] }
  // Summing X e = e gives sum(excess) = 2 n m + n nu; the trace gives surplus = 2 m + n nu, where m = e'mu.
  let m = (excess.reduce(0, +) - surplus) / (2 * (count - 1))
  let nu = (surplus - 2 * m) / count
  let mu = excess.map { ($0 - m - nu) / count }
  var result = w
  for i in 0..<n {
    for j in 0..<n { result[i * n + j] -= mu[i] + mu[j] + (i == j ? nu : 0) }
  }
  return result
}

/// Moves single tasks, then swaps two, while the density rises; no group is emptied.
private func improve(_ labels: inout [Int], t: [Double], groups: Int) {
  var value = density(t, labels: labels, groups: groups)
  var better = true
  func attempt(_ trial: [Int], _ labels: inout [Int]) {
    let other = density(t, labels: trial, groups: groups)
    if other > value + 1e-12 {
      value = other
      labels = trial
      better = true
    }
  }
  while better {
    better = false
    for i in labels.indices {
      for group in 0..<groups where group != labels[i] && labels.filter({ $0 == labels[i] }).count > 1 {
        var trial = labels
        trial[i] = group
        attempt(trial, &labels)
      }
      for j in 0..<i where labels[i] != labels[j] {
        var trial = labels
        trial.swapAt(i, j)
        attempt(trial, &labels)
      }
    }
  }
}
