extension SubsetDesign {
  /// Random distinct subsets of one size in which units, and pairs of units, occur about equally often.
  ///
  /// Each subset is grown unit by unit, taking the unit used least so far, then the one met least by the units
  /// already in, then a random one. How often two units occur can differ by at most one while subsets stay distinct.
  ///
  /// - Throws: ``AffinityError`` for a size outside 1 ... units or more subsets than there are.
  public static func random(_ units: [String], count: Int, size: Int, seed: UInt64) throws -> [Subset] {
    try check(units)
    let n = units.count
    guard size >= 1, size <= n else {
      throw AffinityError.outOfRange(what: "the size of random subsets", value: "\(size)", allowed: "1 to \(n)")
    }
    let available = binomial(n, size)
    guard count >= 1, count <= available else {
      throw AffinityError.outOfRange(
        what: "the number of random subsets of size \(size)", value: "\(count)", allowed: "1 to \(available)")
    }
    var generator = SplitMix64(seed: seed, stream: "random subsets")
    var used = Array(repeating: 0, count: n)
    var met = Array(repeating: Array(repeating: 0, count: n), count: n)
    var chosen = Set<Set<Int>>()
    var result: [Subset] = []
    var attempts = 0
    while result.count < count {
      attempts += 1
      // Once greedy growth keeps meeting old subsets, chance alone reaches the rest.
      let members = grow(n: n, size: size, used: used, met: met, greedy: attempts <= 50, generator: &generator)
      guard chosen.insert(members).inserted else { continue }
      attempts = 0
      for i in members {
        used[i] += 1
        for j in members where j != i { met[i][j] += 1 }
      }
      result.append(Subset(members.map { units[$0] }))
    }
    return result
  }

  private static func grow(
    n: Int, size: Int, used: [Int], met: [[Int]], greedy: Bool, generator: inout SplitMix64
  ) -> Set<Int> {
    var order = Array(0..<n)
    generator.shuffle(&order)
    var members = Set<Int>()
    while members.count < size {
      let rest = order.filter { !members.contains($0) }
      let next =
        greedy
        ? rest.min { a, b in
          let left = (used[a], members.reduce(0) { $0 + met[a][$1] })
          let right = (used[b], members.reduce(0) { $0 + met[b][$1] })
          return left < right
        } : rest.first
      guard let next else { break }
      members.insert(next)
    }
    return members
  }

  /// n choose k, or Int.max where it does not fit.
  static func binomial(_ n: Int, _ k: Int) -> Int {
    var result = 1
    for i in 0..<min(k, n - k) {
      let (product, overflow) = result.multipliedReportingOverflow(by: n - i)
      if overflow { return .max }
      result = product / (i + 1)
    }
    return result
  }
}
