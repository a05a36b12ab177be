import Foundation

/// Truth from trained subsets: for each, one number a task in a unit where greater is better (minus the loss).
public struct TrainedScores: Codable, Sendable {
  /// The tasks of each entry.
  public let layout: TaskLayout
  /// By subset, one number a task; nil where it was not measured.
  @InSubsetOrder public private(set) var scores: [Subset: [Double?]]

  /// Collects scores.
  public init(layout: TaskLayout, scores: [Subset: [Double?]]) {
    self.layout = layout
    self.scores = scores
  }

  /// The values of a transfer matrix over tasks, negated unless higher is better.
  ///
  /// - Throws: ``AffinityError/shapeMismatch(what:expected:found:)`` unless columns are the layout's tasks.
  public init(_ matrix: TransferMatrix, layout: TaskLayout, higherIsBetter: Bool = false) throws {
    guard matrix.columns == layout.tasks.map(\.name) else {
      throw AffinityError.shapeMismatch(
        what: "a transfer matrix's columns", expected: layout.tasks.count, found: matrix.columns.count)
    }
    var scores: [Subset: [Double?]] = [:]
    for (row, subset) in matrix.rows.enumerated() {
      scores[subset] = matrix.cells[row].map { cell in cell.map { higherIsBetter ? $0.value.value : -$0.value.value } }
    }
    self.init(layout: layout, scores: scores)
  }

  /// The mean over several tables of the same tasks, such as one a seed, of what all that have a subset's score say.
  public static func mean(_ tables: [TrainedScores]) -> TrainedScores {
    guard let first = tables.first else {
      return TrainedScores(layout: TaskLayout(tasks: [], unitKind: .task), scores: [:])
    }
    var scores: [Subset: [Double?]] = [:]
    for subset in Set(tables.flatMap { $0.scores.keys }) {
      scores[subset] = first.layout.tasks.indices.map { task in
        let known = tables.compactMap { $0[subset, task] }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
      }
    }
    return TrainedScores(layout: first.layout, scores: scores)
  }

  /// The score of a subset on a task.
  public subscript(subset: Subset, task: Int) -> Double? { scores[subset]?[task] }

  /// Only some of the subsets, such as the anchors.
  public func only(_ subsets: some Sequence<Subset>) -> TrainedScores {
    let kept = Set(subsets)
    return TrainedScores(layout: layout, scores: scores.filter { kept.contains($0.key) })
  }

  /// Trained subsets that hold a task's unit, sorted.
  func holding(_ task: Int) -> [(subset: Subset, score: Double)] {
    let unit = layout.unit(task)
    return scores.keys.sorted().compactMap { subset in
      guard subset.contains(unit), let score = scores[subset]?[task] else { return nil }
      return (subset, score)
    }
  }
}

/// Predicts by regression on subset indicators, fitted per task on trained subsets that hold it.
public struct SurrogateEstimator: AffinityEstimator, Sendable {
  /// The regression.
  public enum Form: Codable, Sendable, Equatable {
    /// Ridge on the indicators, with an intercept (Li et al. 2023).
    case linear(ridge: Double)
    /// Gaussian process mean with kernel exp(-units that differ / length) and the noise share of the variance (2026).
    case kernel(length: Double, noise: Double)
  }

  /// The method's name in tables.
  public let name: String
  /// The regression.
  public let form: Form
  private let trained: TrainedScores

  /// Fits on trained subsets.
  ///
  /// - Throws: ``AffinityError/outOfRange(what:value:allowed:)`` unless ridge, length and noise are positive.
  public init(_ trained: TrainedScores, form: Form = .linear(ridge: 1)) throws {
    let numbers: [Double] =
      switch form {
      case .linear(let ridge): [ridge]
      case .kernel(let length, let noise): [length, noise]
      }
    guard numbers.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw AffinityError.outOfRange(what: "a surrogate's parameter", value: "\(numbers)", allowed: "positive")
    }
    self.trained = trained
    self.form = form
    name = if case .linear = form { "surrogate" } else { "surrogate-kernel" }
  }

  /// Predictions; nil for a task with fewer than two trained subsets, and for subsets that do not hold the task.
  public func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate {
    let units = layout.units
    var predictions = Dictionary(
      uniqueKeysWithValues: Set(subsets).map { ($0, layout.tasks.map { _ in Double?.none }) })
    for task in layout.tasks.indices {
      let fit = trained.holding(task)
      guard fit.count > 1 else { continue }
      let wanted = subsets.filter { $0.contains(layout.unit(task)) }
      let mean = fit.reduce(0) { $0 + $1.score } / Double(fit.count)
      let y = fit.map { $0.score - mean }
      switch form {
      case .linear(let ridge):
        let rows = fit.map { entry in units.map { entry.subset.contains($0) ? 1.0 : 0 } }
        let theta = try ridgeWeights(rows, ridge: ridge).map { zip($0, y).reduce(0) { $0 + $1.0 * $1.1 } }
        let centre = units.indices.map { unit in rows.reduce(0) { $0 + $1[unit] } / Double(rows.count) }
        for subset in wanted {
          predictions[subset]?[task] = units.indices.reduce(mean) {
            $0 + theta[$1] * ((subset.contains(units[$1]) ? 1 : 0) - centre[$1])
          }
        }
      case .kernel(let length, let noise):
        func kernel(_ a: Subset, _ b: Subset) -> Double {
          exp(-Double(Set(a.units).symmetricDifference(b.units).count) / length)
        }
        var gram = fit.flatMap { a in fit.map { kernel(a.subset, $0.subset) } }
        for place in fit.indices { gram[place * fit.count + place] += noise }
        let weights = try Cholesky(gram, size: fit.count, what: "the kernel surrogate").solve(y)
        for subset in wanted {
          predictions[subset]?[task] = zip(fit, weights).reduce(mean) { $0 + $1.1 * kernel(subset, $1.0.subset) }
        }
      }
    }
    return TransferEstimate(
      method: name, tasks: layout.tasks.map(\.name), predictions: predictions, calibrated: true,
      cost: EstimatorCost(runs: trained.scores.count))
  }
}

/// Predicts a task in a subset by the mean of its scores in trained pairs (higher-order approximation, Standley 2020).
public struct PairsEstimator: AffinityEstimator, Sendable {
  /// The method's name in tables.
  public let name = "pairs"
  private let trained: TrainedScores

  /// Takes trained singles and pairs of units; other subsets are not read.
  public init(_ trained: TrainedScores) { self.trained = trained }

  /// Predictions; nil where a pair is missing or the subset does not hold the task.
  public func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate {
    var predictions: [Subset: [Double?]] = [:]
    for subset in subsets {
      predictions[subset] = layout.tasks.indices.map { task -> Double? in
        let own = layout.unit(task)
        guard subset.contains(own) else { return nil }
        let others = subset.units.filter { $0 != own }
        if others.isEmpty { return trained[subset, task] }
        let known = others.compactMap { trained[[own, $0], task] }
        return known.count == others.count ? known.reduce(0, +) / Double(known.count) : nil
      }
    }
    let runs = trained.scores.keys.count { $0.count == 1 || $0.count == 2 }
    return TransferEstimate(
      method: name, tasks: layout.tasks.map(\.name), predictions: predictions, calibrated: true,
      cost: EstimatorCost(runs: runs))
  }
}
