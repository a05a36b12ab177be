extension AffinityAnalysis {
  /// The affinity of all units on each other.
  ///
  /// With categories as units, `.tasks` gives category x task and `.categories` category x category; with tasks as
  /// units, task x task, and category x category as the mean over all pairs of different tasks.
  ///
  /// The ridge is the penalty of the surrogate, in the units of a sum of squared centred indicators.
  ///
  /// - Throws: ``AffinityError/outOfRange(what:value:allowed:)`` unless the ridge is positive.
  public func affinityMatrix(_ kind: AffinityKind, level: MatrixLevel, ridge: Double = 0.1) throws -> AffinityMatrix {
    guard ridge > 0, ridge.isFinite else {
      throw AffinityError.outOfRange(what: "the ridge", value: "\(ridge)", allowed: "a positive number")
    }
    let targets = targets(level)
    let sources = sources(level)
    // A task on itself says nothing about how its category helps; it is left out of the means over pairs of tasks.
    let pairsOnly = level == .categories && table.unitKind == .task
    var cells: [[Gain?]] = sources.map { _ in targets.map { _ in nil } }
    for (column, target) in targets.enumerated() {
      var absolute = try terms(kind, tasks: target.tasks, relative: false, ridge: ridge)
      var relative = try terms(kind, tasks: target.tasks, relative: true, ridge: ridge)
      if pairsOnly {
        for (place, task) in target.tasks.enumerated() {
          absolute[place].removeValue(forKey: table.tasks[task].name)
          relative[place].removeValue(forKey: table.tasks[task].name)
        }
      }
      for (row, source) in sources.enumerated() {
        guard let value = estimate(mean(absolute, of: source.units)) else { continue }
        cells[row][column] = Gain(absolute: value, relative: estimate(mean(relative, of: source.units)))
      }
    }
    return AffinityMatrix(
      kind: kind, quantity: quantity, estimand: table.estimand, level: level, confidence: settings.level,
      rows: sources.map(\.name), columns: targets.map(\.name), cells: cells, missing: table.missing)
  }

  private func sources(_ level: MatrixLevel) -> [(name: String, units: [String])] {
    if level == .tasks || table.unitKind == .category { return table.units.map { ($0, [$0]) } }
    return table.categories.map { category in
      (category, table.tasks.filter { $0.category == category }.map(\.name))
    }
  }

  /// The mean of all defined pairs of a source unit and a target task; nil when one of them is unknown.
  private func mean(_ byTask: [[String: [Term]?]], of units: [String]) -> [Term]? {
    var parts: [[Term]] = []
    for terms in byTask {
      for unit in units {
        guard let entry = terms[unit] else { continue }
        guard let known = entry else { return nil }
        parts.append(known)
      }
    }
    if parts.isEmpty { return nil }
    return parts.flatMap { $0 }.map { term in
      var term = term
      term.coefficient /= Double(parts.count)
      return term
    }
  }

  /// For each task, by source unit, the terms of its affinity: no entry where it is undefined, nil where unknown.
  private func terms(_ kind: AffinityKind, tasks: [Int], relative: Bool, ridge: Double) throws -> [[String: [Term]?]] {
    try tasks.map { task in
      let own = table.unit(of: table.tasks[task])
      switch kind {
      case .zeroShot: return contrast(task, relative, units: table.units) { (Subset([$0]), .base) }
      case .pairwise:
        return contrast(task, relative, units: table.units.filter { $0 != own }) { (Subset([own, $0]), Subset([own])) }
      case .leaveOneOut:
        let all = Subset(table.units)
        return contrast(task, relative, units: table.units) { (all, all.removing($0)) }
      case .higherOrder: return higherOrder(task, own: own, relative: relative)
      case .surrogate: return try surrogate(task, own: own, relative: relative, ridge: ridge)
      }
    }
  }

  private func contrast(
    _ task: Int, _ relative: Bool, units: [String], _ pair: (String) -> (Subset, Subset)
  ) -> [String: [Term]?] {
    var result: [String: [Term]?] = [:]
    for unit in units {
      let (subset, reference) = pair(unit)
      let known = has(subset, task: task) && has(reference, task: task)
      result[unit] = .some(known ? [.gain(subset, over: reference, task: task, relative: relative)] : nil)
    }
    return result
  }

  /// The score of a subset for sums in which the baseline cancels: positive is better.
  private func score(_ subset: Subset, task: Int, relative: Bool, coefficient: Double) -> Term {
    if relative {
      var term = Term.gain(subset, over: .base, task: task, relative: true)
      term.coefficient = coefficient
      return term
    }
    return .value(subset, task: task, coefficient: higherIsBetter(task: task) ? coefficient : -coefficient)
  }

  /// Subsets that hold a unit and were scored.
  private func scored(_ task: Int, holding own: String, relative: Bool) -> [Subset] {
    if relative, !has(.base, task: task) { return [] }
    return table.subsets.filter { $0.contains(own) && has($0, task: task) }
  }

  private func higherOrder(_ task: Int, own: String, relative: Bool) -> [String: [Term]?] {
    let others = table.units.filter { $0 != own }
    let subsets = scored(task, holding: own, relative: relative)
    var weights: [String: [Subset: Double]] = [:]
    for unit in others {
      let holding = subsets.filter { $0.contains(unit) }
      if holding.isEmpty { continue }
      weights[unit] = Dictionary(uniqueKeysWithValues: holding.map { ($0, 1 / Double(holding.count)) })
    }
    let share = 1 / Double(max(weights.count, 1))
    // In the order of the units: sums in a dictionary's own order would differ in their last bits from run to run.
    let centre = others.compactMap { weights[$0] }.reduce(into: [Subset: Double]()) { sum, part in
      for (subset, weight) in part { sum[subset, default: 0] += weight * share }
    }
    var result: [String: [Term]?] = [:]
    for unit in others {
      // Centring over the units that could be measured would mean something else in each column.
      guard weights.count == others.count, let own = weights[unit], others.count > 1 else {
        result[unit] = .some(nil)
        continue
      }
      result[unit] = centre.keys.sorted().map { subset in
        score(subset, task: task, relative: relative, coefficient: (own[subset] ?? 0) - (centre[subset] ?? 0))
      }
    }
    return result
  }

  private func surrogate(_ task: Int, own: String, relative: Bool, ridge: Double) throws -> [String: [Term]?] {
    let others = table.units.filter { $0 != own }
    let subsets = scored(task, holding: own, relative: relative)
    var result: [String: [Term]?] = Dictionary(uniqueKeysWithValues: others.map { ($0, nil) })
    for unit in others { result[unit] = .some(nil) }
    guard subsets.count > 1 else { return result }
    let rows = subsets.map { subset in others.map { subset.contains($0) ? 1.0 : 0.0 } }
    let weights = try ridgeWeights(rows, ridge: ridge)
    for (place, unit) in others.enumerated() {
      // A unit that is in all of the subsets, or in none, has no coefficient.
      guard Set(rows.map { $0[place] }).count == 2 else { continue }
      result[unit] = zip(subsets, weights[place]).map { subset, weight in
        score(subset, task: task, relative: relative, coefficient: weight)
      }
    }
    return result
  }
}
