import Foundation
import TaskAffinity

/// What groupings are chosen by: a score of every subset on every task, greater is better, from trained runs or estimates.
public struct GroupingInput: Sendable {
  /// Where the numbers are from.
  public let name: String
  /// Tasks and units.
  public let layout: TaskLayout
  private let scores: [Subset: [Double?]]

  /// Trained runs.
  public init(_ trained: TrainedScores) {
    (name, layout, scores) = ("trained runs", trained.layout, trained.scores)
  }

  /// An estimate.
  public init(_ estimate: MethodEstimate, layout: TaskLayout) {
    (name, self.layout, scores) = (estimate.method.rawValue, layout, estimate.best.predictions)
  }

  /// How a grouping is found.
  public enum Method: String, CaseIterable, Sendable {
    /// The best partition by mean score.
    case exact
    /// TAG: groups may overlap; each task is served by the best that holds it.
    case tag
    /// The densest partition by a semidefinite relaxation of the pairwise affinities.
    case density
    /// Leading eigenvectors of the pairwise affinities.
    case spectral
  }

  /// The mean score of a unit's tasks at a subset.
  public func score(_ subset: Subset, unit: String) -> Double? {
    let tasks = layout.tasks.indices.filter { layout.unit($0) == unit }
    let known = tasks.compactMap { scores[subset]?[$0] }
    return known.isEmpty || known.count < tasks.count ? nil : known.reduce(0, +) / Double(known.count)
  }

  /// Whether every subset of the units is known, so that groups are judged as a whole and not by pairs.
  public var isComplete: Bool {
    let units = layout.units
    guard units.count <= GroupScores.mostTasks, let all = try? SubsetDesign.all(units) else { return false }
    return all.allSatisfy { subset in subset.units.allSatisfy { score(subset, unit: $0) != nil } }
  }

  /// Gain of the column's unit over training alone when the row's is added.
  public var pairwise: [[Double?]] {
    let units = layout.units
    return units.map { source in
      units.map { target in
        guard source != target, let both = score([source, target], unit: target),
          let alone = score([target], unit: target)
        else { return nil }
        return both - alone
      }
    }
  }

  /// Divides the units into groups.
  ///
  /// - Throws: `AffinityError` where numbers are missing, or groups are more than units.
  public func group(_ method: Method, groups: Int) throws -> Grouping {
    let units = layout.units
    guard groups <= units.count else {
      throw AffinityError.outOfRange(
        what: "the number of groups", value: "\(groups)", allowed: "1 to \(units.count), the units")
    }
    var generator = SplitMix64(seed: 1, stream: "grouping")
    switch method {
    case .density: return try densityGrouping(tasks: units, affinity: pairwise, groups: groups, generator: &generator)
    case .spectral: return try spectralGrouping(tasks: units, affinity: pairwise, groups: groups, generator: &generator)
    case .exact, .tag:
      let table =
        isComplete
        ? try GroupScores(tasks: units) { members, target in
          score(Subset(members.map { units[$0] }), unit: units[target]) ?? .nan
        } : try GroupScores(tasks: units, affinity: pairwise)
      return method == .exact ? try table.exactPartition(groups: groups) : try table.overlappingGroups(groups)
    }
  }

  /// The mean over units of the best known score among the groups that hold each; nil where one is unknown.
  public func value(_ groups: [[String]]) -> Double? {
    let known = layout.units.compactMap { unit in
      groups.filter { $0.contains(unit) }.compactMap { score(Subset($0), unit: unit) }.max()
    }
    return known.count == layout.units.count ? known.reduce(0, +) / Double(known.count) : nil
  }

  /// A random partition of the units into groups of the given sizes.
  public static func random(_ units: [String], sizes: [Int], seed: UInt64) -> [[String]] {
    var generator = SplitMix64(seed: seed, stream: "random partition")
    var order = units
    generator.shuffle(&order)
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return Array(order[start..<min(start + size, order.count)]).sorted()
    }
  }
}
