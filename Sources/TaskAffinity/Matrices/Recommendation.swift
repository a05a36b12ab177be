/// Whether to add a unit to the training of a target.
public struct Recommendation: Codable, Sendable, Equatable {
  /// What the interval says.
  public enum Verdict: String, Codable, Sendable {
    /// The interval is above zero.
    case add
    /// The interval is below zero.
    case avoid
    /// The interval holds zero, or there is none.
    case unclear
  }

  /// The unit.
  public let unit: String
  /// Gain of the target at {target, unit} over training alone.
  public let gain: Gain
  /// What the interval says.
  public let verdict: Verdict
}

/// What to add to the training of one target, from what was trained.
public struct Recommendations: Codable, Sendable {
  /// The task or category.
  public let target: String
  /// The units whose pair with the target was trained, greatest gain first.
  public let units: [Recommendation]
  /// The trained subset with the greatest gain over training alone; chosen among many, so its gain is optimistic.
  public let best: Subset?
  /// That gain.
  public let bestGain: Gain?
  /// Units whose pair with the target was not trained.
  public let unknown: [String]
}

extension AffinityAnalysis {
  /// Which units to add to the training of a task or category.
  ///
  /// - Throws: ``AffinityError`` for a target that is neither, or when nothing was trained with it.
  public func recommendations(for target: String) throws -> Recommendations {
    let level: MatrixLevel
    if targets(.tasks).contains(where: { $0.name == target }) {
      level = .tasks
    } else if table.unitKind == .category, targets(.categories).contains(where: { $0.name == target }) {
      level = .categories
    } else {
      throw AffinityError.unknownTask(target)
    }
    guard let tasks = targets(level).first(where: { $0.name == target })?.tasks, let first = tasks.first else {
      throw AffinityError.unknownTask(target)
    }
    let own = table.unit(of: table.tasks[first])
    var units: [Recommendation] = []
    var unknown: [String] = []
    for unit in table.units where unit != own {
      guard let gain = gain([own, unit], tasks: tasks, over: { _ in [own] }) else {
        unknown.append(unit)
        continue
      }
      let sign = gain.absolute.significantSign
      units.append(Recommendation(unit: unit, gain: gain, verdict: sign > 0 ? .add : sign < 0 ? .avoid : .unclear))
    }
    let all = table.subsets.filter { $0.contains(own) && $0.count > 1 }.compactMap { subset in
      gain(subset, tasks: tasks) { _ in [own] }.map { (subset, $0) }
    }
    guard !all.isEmpty else {
      throw AffinityError.insufficient(
        what: "a recommendation for '\(target)'", missing: "runs on it alone and with another unit")
    }
    let best = all.max { $0.1.absolute.value < $1.1.absolute.value }
    return Recommendations(
      target: target, units: units.sorted { $0.gain.absolute.value > $1.gain.absolute.value }, best: best?.0,
      bestGain: best?.1, unknown: unknown)
  }
}
