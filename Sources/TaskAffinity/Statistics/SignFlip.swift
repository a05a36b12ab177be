/// A two-sided test.
public struct TestResult: Codable, Sendable, Equatable {
  /// The p-value, adjusted where the test adjusts.
  public let p: Double
  /// The least p-value that this many seeds or relabellings can give.
  public let least: Double
}

/// The most seeds whose sign flips are enumerated (65,536 of them).
public let mostSignFlipSeeds = 16

/// The exact sign-flip test that paired differences, one a seed, are symmetric about zero.
///
/// p is the share of all 2^seeds sign patterns whose |mean| reaches the observed one; it cannot go below
/// 2^(1 - seeds), so five seeds cannot reach 0.05.
///
/// - Throws: ``AffinityError`` with no seed, more than ``mostSignFlipSeeds`` or a difference that is no number.
public func signFlipTest(_ differences: [Double]) throws -> TestResult {
  try maxTSignFlipTest([differences], studentised: false)[0]
}

/// Sign-flip tests of many cells with the family-wise error held by the greatest statistic.
///
/// A sign pattern flips the same seeds in every cell, which keeps the dependence that common random numbers cause.
/// Step-down: cells in falling order of |t|, each compared with the greatest |t| of itself and those after it.
///
/// Cells hold paired differences, one a seed, the same seeds in all; studentised compares |mean| / standard error, else
/// |mean|.
///
/// - Throws: ``AffinityError`` when cells differ in seeds, with none or too many, or for values that are no numbers.
public func maxTSignFlipTest(_ cells: [[Double]], studentised: Bool = true) throws -> [TestResult] {
  let seeds = cells.first?.count ?? 0
  if cells.isEmpty { return [] }
  guard seeds > 0, seeds <= mostSignFlipSeeds else {
    throw AffinityError.outOfRange(
      what: "the number of seeds of a sign-flip test", value: "\(seeds)", allowed: "1 to \(mostSignFlipSeeds)")
  }
  for cell in cells {
    guard cell.count == seeds else {
      throw AffinityError.shapeMismatch(what: "a cell's seeds", expected: seeds, found: cell.count)
    }
    guard cell.allSatisfy(\.isFinite) else {
      throw AffinityError.outOfRange(what: "a paired difference", value: "not a number", allowed: "finite")
    }
  }
  let squares = cells.map { $0.reduce(0) { $0 + $1 * $1 } }
  let n = Double(seeds)
  func statistic(_ sum: Double, _ cell: Int) -> Double {
    guard studentised, seeds > 1 else { return abs(sum) }
    // The sum of squares is the same for every pattern, so only the mean moves the variance.
    let variance = max((squares[cell] - sum * sum / n) / (n - 1), 0)
    // Differences that do not vary have an infinite t; a floor relative to their size keeps the order of means.
    let floor = 1e-12 * squares[cell] / n
    return abs(sum) / (n * max(variance, floor)).squareRoot().nonZero
  }
  let observed = cells.indices.map { statistic(cells[$0].reduce(0, +), $0) }
  let order = cells.indices.sorted { observed[$0] > observed[$1] }
  // Flipping every sign changes no statistic: half of the patterns do.
  let patterns = 1 << (seeds - 1)
  var reached = Array(repeating: 0, count: cells.count)
  for pattern in 0..<patterns {
    var greatest = 0.0
    for cell in order.reversed() {
      var sum = 0.0
      for seed in 0..<seeds { sum += pattern >> seed & 1 == 1 ? -cells[cell][seed] : cells[cell][seed] }
      greatest = max(greatest, statistic(sum, cell))
      if greatest >= observed[cell] * (1 - 1e-9) { reached[cell] += 1 }
    }
  }
  let least = 1 / Double(patterns)
  var result = Array(repeating: TestResult(p: 1, least: least), count: cells.count)
  var running = 0.0
  for cell in order {
    running = max(running, Double(reached[cell]) / Double(patterns))
    result[cell] = TestResult(p: running, least: least)
  }
  return result
}

extension Double {
  fileprivate var nonZero: Double { self > 0 ? self : .leastNormalMagnitude }
}
