/// Pearson's correlation; nil with fewer than two pairs or without variation.
public func pearson(_ x: [Double], _ y: [Double]) -> Double? {
  guard x.count == y.count, x.count > 1 else { return nil }
  let n = Double(x.count)
  let mx = x.reduce(0, +) / n
  let my = y.reduce(0, +) / n
  var xx = 0.0
  var yy = 0.0
  var xy = 0.0
  for (a, b) in zip(x, y) {
    xx += (a - mx) * (a - mx)
    yy += (b - my) * (b - my)
    xy += (a - mx) * (b - my)
  }
  // Equal values can leave rounding dust in place of zero.
  guard xx > 1e-24 * n * mx * mx, yy > 1e-24 * n * my * my else { return nil }
  return max(-1, min(1, xy / (xx * yy).squareRoot()))
}

/// Ranks from 1, ties sharing their mean rank.
public func ranks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var result = Array(repeating: 0.0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    for place in start..<end { result[order[place]] = Double(start + end + 1) / 2 }
    start = end
  }
  return result
}

/// Spearman's rank correlation, ties at mean ranks.
public func spearman(_ x: [Double], _ y: [Double]) -> Double? { pearson(ranks(x), ranks(y)) }

/// Kendall's tau-b: (concordant - discordant) / sqrt of the pairs untied in x times those untied in y.
public func kendall(_ x: [Double], _ y: [Double]) -> Double? {
  guard x.count == y.count, x.count > 1 else { return nil }
  var balance = 0.0
  var inX = 0.0
  var inY = 0.0
  for i in 0..<x.count {
    for j in 0..<i {
      let a = sign(x[i] - x[j])
      let b = sign(y[i] - y[j])
      balance += a * b
      inX += a * a
      inY += b * b
    }
  }
  return inX > 0 && inY > 0 ? balance / (inX * inY).squareRoot() : nil
}

func sign(_ value: Double) -> Double { value > 0 ? 1 : value < 0 ? -1 : 0 }
