/// How p-values of many cells are adjusted.
public enum Correction: String, Codable, Sendable, CaseIterable {
  /// No adjustment.
  case none
  /// Family-wise error by Holm's steps: for cells that are claimed.
  case holm
  /// False discovery rate by Benjamini and Hochberg: for maps.
  case benjaminiHochberg = "bh"
  /// Family-wise error by the greatest statistic under joint sign flips (Westfall and Young's step-down).
  case maxT = "max-t"
}

/// Holm's adjusted p-values: with sorted p(1) <= ... <= p(m), the running maximum of (m - i + 1) p(i), at most 1.
public func holm(_ p: [Double]) -> [Double] {
  let order = p.indices.sorted { p[$0] < p[$1] }
  var result = p
  var running = 0.0
  for (rank, index) in order.enumerated() {
    running = max(running, min(1, Double(p.count - rank) * p[index]))
    result[index] = running
  }
  return result
}

/// Benjamini and Hochberg's adjusted p-values: the running minimum from the largest of m p(i) / i.
public func benjaminiHochberg(_ p: [Double]) -> [Double] {
  let order = p.indices.sorted { p[$0] < p[$1] }
  var result = p
  var running = 1.0
  for (rank, index) in order.enumerated().reversed() {
    running = min(running, Double(p.count) * p[index] / Double(rank + 1))
    result[index] = running
  }
  return result
}
