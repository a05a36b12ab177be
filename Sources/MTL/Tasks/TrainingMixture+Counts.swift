import Foundation

extension TrainingMixture {
  /// How many examples each task contributes to an epoch.
  ///
  /// Whole numbers next to what the policy says: a unit's count differs from its exact part by less than one, and so does
  /// a task's from its part of its category's count. Counts never fall when the budget grows. With a budget of tokens
  /// a task contributes its first examples as long as their tokens fit into its part.
  ///
  /// A subset is mixed with the weights of its own units, so weights of other units are no mistake where `known` names
  /// them.
  ///
  /// - Throws: ``MixtureError``.
  public static func counts(
    _ tasks: [MixtureTask], _ settings: MixtureSettings, known: Set<String> = []
  ) throws -> [Int] {
    let problems = settings.problems
    if !problems.isEmpty { throw MixtureError.settings(problems) }
    if let empty = tasks.first(where: { $0.tokens.isEmpty }) { throw MixtureError.noExamples(task: empty.name) }
    let units = units(tasks, settings)
    try checkWeights(settings, units: units.map(\.name), known: known)
    var counts = Array(repeating: 0, count: tasks.count)
    let shares = shares(units, settings)
    switch settings.budget {
    case .all, .totalExamples:
      var total = units.reduce(0) { $0 + $1.size }
      if case .totalExamples(let count) = settings.budget { total = count }
      for (unit, count) in zip(units, apportion(total, shares)) { divide(count, unit, &counts) }
    case .examplesPerTask:
      for (unit, amount) in zip(units, shares) { divide(Int(amount.rounded()), unit, &counts) }
    case .totalTokens(let budget):
      let sum = shares.reduce(0, +)
      for (unit, share) in zip(units, shares) {
        for member in unit.tasks {
          let part = Double(budget) * share / sum * Double(member.size) / Double(max(1, unit.size))
          counts[member.index] = prefix(tasks[member.index].tokens, within: part)
        }
      }
    }
    for unit in zip(units, shares) where unit.1 > 0 {
      if let none = unit.0.tasks.first(where: { counts[$0.index] == 0 }) {
        throw MixtureError.emptyShare(tasks[none.index].name)
      }
    }
    return counts
  }

  /// A task or a category.
  private struct Unit {
    var name: String
    var tasks: [(index: Int, size: Int)] = []
    var size: Int { tasks.reduce(0) { $0 + $1.size } }
  }

  /// The units in the order in which they first come.
  private static func units(_ tasks: [MixtureTask], _ settings: MixtureSettings) -> [Unit] {
    var units: [Unit] = []
    for (index, task) in tasks.enumerated() {
      let size =
        switch settings.budget {
        case .totalTokens: task.tokens.reduce(0, +)
        case .examplesPerTask(let most): min(most, task.tokens.count)
        case .all, .totalExamples: task.tokens.count
        }
      let name = settings.unit == .task ? task.name : task.category
      if let place = units.firstIndex(where: { $0.name == name }) {
        units[place].tasks.append((index, size))
      } else {
        units.append(Unit(name: name, tasks: [(index, size)]))
      }
    }
    return units
  }

  /// The policy's parts: relative to each other, or numbers of examples where the budget is of each task.
  private static func shares(_ units: [Unit], _ settings: MixtureSettings) -> [Double] {
    units.map { unit in
      var whole = 1.0
      if case .examplesPerTask(let count) = settings.budget { whole = Double(count * unit.tasks.count) }
      return switch settings.policy {
      case .proportional: Double(unit.size)
      case .uniform: whole
      case .temperature(let t): whole * pow(Double(unit.size) / whole, 1 / t)
      case .weights(let weights): whole * (weights[unit.name] ?? 0)
      }
    }
  }

  private static func checkWeights(_ settings: MixtureSettings, units: [String], known: Set<String>) throws {
    guard case .weights(let weights) = settings.policy else { return }
    let missing = units.filter { weights[$0] == nil }
    let unknown = weights.keys.filter { !units.contains($0) && !known.contains($0) }.sorted()
    if !missing.isEmpty || !unknown.isEmpty { throw MixtureError.weights(missing: missing, unknown: unknown) }
    if !units.contains(where: { (weights[$0] ?? 0) > 0 }) {
      throw MixtureError.settings(["at least one weight must be above 0"])
    }
  }

  /// Shares a unit's count out among its tasks, as their sizes.
  private static func divide(_ count: Int, _ unit: Unit, _ counts: inout [Int]) {
    for (task, part) in zip(unit.tasks, apportion(count, unit.tasks.map { Double($0.size) })) {
      counts[task.index] = part
    }
  }

  /// Examples from the first whose tokens together are at most `part`; in whole passes where that is more than all.
  private static func prefix(_ tokens: [Int], within part: Double) -> Int {
    let all = tokens.reduce(0, +)
    if all == 0 { return tokens.count }
    let passes = Int(part / Double(all))
    var left = part - Double(passes) * Double(all)
    var count = passes * tokens.count
    for size in tokens {
      left -= Double(size)
      // What rounding took away is not a token.
      if left < -1e-6 { break }
      count += 1
    }
    return count
  }

  /// `total` in whole numbers next to `shares`, by the quota method (Balinski and Young 1975): each differs from its
  /// exact part by less than one, and none falls when the total grows, which rounding by largest remainders allows.
  package static func apportion(_ total: Int, _ shares: [Double]) -> [Int] {
    let sum = shares.reduce(0, +)
    var counts = Array(repeating: 0, count: shares.count)
    guard sum > 0, total > 0 else { return counts }
    let shares = shares.map { $0 / sum }
    for given in 1...total {
      var best: Int?
      for i in shares.indices where shares[i] > 0 {
        // Its exact part is not reached yet; less than a billionth of an example is rounding.
        guard Double(counts[i]) < shares[i] * Double(given) - 1e-9 * Double(given) else { continue }
        if let other = best, shares[i] * Double(counts[other] + 1) <= shares[other] * Double(counts[i] + 1) { continue }
        best = i
      }
      if let best { counts[best] += 1 }
    }
    return counts
  }
}
