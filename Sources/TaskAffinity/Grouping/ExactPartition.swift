/// What a partition is judged by.
public enum PartitionObjective: String, Codable, Sendable {
  /// Mean over tasks of the score in their group.
  case meanScore = "mean-score"
  /// Sum over groups of the members' summed scores over the group's size.
  case density
}

extension GroupScores {
  /// The best of all partitions into exactly, or at most, `groups` groups: the oracle, 3^tasks steps.
  ///
  /// - Throws: ``AffinityError`` for groups outside 1 ... tasks.
  public func exactPartition(
    groups: Int, exactly: Bool = true, objective: PartitionObjective = .meanScore
  ) throws -> Grouping {
    try checkGroups(groups, tasks: tasks.count)
    let worth = scores.indices.map { mask in
      objective == .density && mask != 0 ? sum(mask) / Double(mask.nonzeroBitCount) : sum(mask)
    }
    let dp = PartitionDP(worth: worth, groups: groups)
    let winner = (exactly ? groups...groups : 1...groups).max { dp.best[$0] < dp.best[$1] } ?? groups
    let value = objective == .meanScore ? dp.best[winner] / Double(tasks.count) : dp.best[winner]
    return Grouping(method: "exact", groups: dp.parts(winner).map(names), objective: value, bound: value)
  }

  /// Chooses at most `groups` groups, which may overlap, covering all tasks, with the greatest mean over tasks of the
  /// best score among the groups that hold each: the problem of TAG (Fifty et al. 2021, section 3.3).
  ///
  /// TAG searches by branch and bound; the same optimum comes in 3^tasks steps from a partition of the tasks into
  /// those that each group serves, a part P being worth the greatest sum over P of scores in any group that holds P.
  ///
  /// - Throws: ``AffinityError`` for groups outside 1 ... tasks.
  public func overlappingGroups(_ groups: Int) throws -> Grouping {
    try checkGroups(groups, tasks: tasks.count)
    var worth = Array(repeating: -Double.infinity, count: scores.count)
    var holder = Array(repeating: 0, count: scores.count)
    var partial = Array(repeating: 0.0, count: scores.count)
    for group in 1..<scores.count {
      var part = 0
      while true {
        // Submasks in rising order: a part's sum is that of the part without its lowest member, plus that member.
        part = (part - group) & group
        if part == 0 { break }
        partial[part] = partial[part & (part - 1)] + scores[group][part.trailingZeroBitCount]
        if partial[part] > worth[part] {
          worth[part] = partial[part]
          holder[part] = group
        }
      }
    }
    let dp = PartitionDP(worth: worth, groups: groups)
    let winner = (1...groups).max { dp.best[$0] < dp.best[$1] } ?? groups
    let value = dp.best[winner] / Double(tasks.count)
    return Grouping(
      method: "tag", groups: dp.parts(winner).map { names(holder[$0]) }.uniqued(), objective: value, bound: value)
  }

  /// What a partition is worth; nil when a name is unknown or the groups do not cover every task once.
  public func value(of groups: [[String]], objective: PartitionObjective = .meanScore) -> Double? {
    var covered = 0
    var total = 0.0
    for group in groups {
      var mask = 0
      for name in group {
        guard let index = tasks.firstIndex(of: name), (mask | covered) >> index & 1 == 0 else { return nil }
        mask |= 1 << index
      }
      covered |= mask
      total += objective == .density ? sum(mask) / Double(max(group.count, 1)) : sum(mask) / Double(tasks.count)
    }
    return covered == scores.count - 1 ? total : nil
  }

  /// The summed scores of a group's members.
  private func sum(_ mask: Int) -> Double {
    tasks.indices.reduce(0.0) { mask >> $1 & 1 == 1 ? $0 + scores[mask][$1] : $0 }
  }

  private func names(_ mask: Int) -> [String] { tasks.indices.filter { mask >> $0 & 1 == 1 }.map { tasks[$0] } }
}
