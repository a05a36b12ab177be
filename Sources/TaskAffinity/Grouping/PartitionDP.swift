/// The best partition of a set into 1 ... `groups` parts, by dynamic programming over subsets: 3^size steps.
///
/// The part that holds a set's lowest member is chosen last, so that every partition is met once.
struct PartitionDP {
  /// best[k]: the greatest sum of worths of a partition of everything into exactly k parts.
  let best: [Double]
  private let choice: [[Int]]
  private let full: Int

  /// Partitions by the worth of each part, by bit mask; index 0 is not read.
  init(worth: [Double], groups: Int) {
    full = worth.count - 1
    var previous = Array(repeating: -Double.infinity, count: full + 1)
    previous[0] = 0
    var best = [previous[full]]
    var choice = [[Int]()]
    for _ in 0..<groups {
      var row = Array(repeating: -Double.infinity, count: full + 1)
      var picks = Array(repeating: 0, count: full + 1)
      for set in 1...full {
        let lowest = set & -set
        let rest = set ^ lowest
        var part = rest
        while true {
          let group = part | lowest
          let value = worth[group] + previous[set ^ group]
          if value > row[set] {
            row[set] = value
            picks[set] = group
          }
          if part == 0 { break }
          part = (part - 1) & rest
        }
      }
      previous = row
      best.append(row[full])
      choice.append(picks)
    }
    self.best = best
    self.choice = choice
  }

  /// The parts of the best partition into exactly k, as masks.
  func parts(_ k: Int) -> [Int] {
    var set = full
    return stride(from: k, to: 0, by: -1).map { step in
      let group = choice[step][set]
      set ^= group
      return group
    }
  }
}
