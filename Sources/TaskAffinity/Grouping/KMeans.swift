/// The best of several k-means clusterings of points, as a cluster index a point; every cluster is used.
///
/// Starts are k-means++ (Arthur and Vassilvitskii 2007).
func kMeans(_ points: [[Double]], clusters k: Int, starts: Int, generator: inout SplitMix64) -> [Int] {
  func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
  var best: [Int] = []
  var bestCost = Double.infinity
  for _ in 0..<starts {
    var centres = [points[generator.index(below: points.count)]]
    while centres.count < k {
      let nearest = points.map { point in centres.map { distance(point, $0) }.min() ?? 0 }
      var target = generator.uniform() * nearest.reduce(0, +)
      let pick = nearest.firstIndex { weight in
        target -= weight
        return target <= 0
      }
      centres.append(points[pick ?? points.count - 1])
    }
    var labels = Array(repeating: 0, count: points.count)
    for _ in 0..<100 {
      var next = points.map { point in
        centres.indices.min { distance(point, centres[$0]) < distance(point, centres[$1]) } ?? 0
      }
      for empty in 0..<k where !next.contains(empty) {
        // An empty cluster takes the point farthest from its centre among clusters that can spare one.
        let spare = points.indices.filter { index in next.filter { $0 == next[index] }.count > 1 }
        let far = spare.max { distance(points[$0], centres[next[$0]]) < distance(points[$1], centres[next[$1]]) }
        if let far { next[far] = empty }
      }
      for cluster in 0..<k {
        let members = points.indices.filter { next[$0] == cluster }
        guard !members.isEmpty else { continue }
        centres[cluster] = points[0].indices.map { axis in
          members.reduce(0) { $0 + points[$1][axis] } / Double(members.count)
        }
      }
      if next == labels { break }
      labels = next
    }
    let cost = points.indices.reduce(0) { $0 + distance(points[$1], centres[labels[$1]]) }
    if cost < bestCost - 1e-12 {
      bestCost = cost
      best = labels
    }
  }
  return best
}
