import Foundation

/// Where the offset of each target comes from.
public enum CalibrationOffset: String, Codable, Sendable {
  /// From each target's own anchor cells: y = a_i + b x by least squares with a_i free.
  case perTarget = "per-target"
  /// From the target's single-task run: y - y({i}) = b (x - x({i})).
  case singles
}

/// A line through anchors that turns an estimate into the truth's unit.
public struct Calibration: Codable, Sendable {
  /// b.
  public let slope: Double
  /// a_i; nil for a target without an anchor.
  public let offsets: [Double?]
  /// Standard deviation of the anchors about the line.
  public let residual: Double
  /// Degrees of freedom left for it.
  public let degrees: Int
  /// The anchor cells used.
  public let cells: Int
  /// Where the offsets come from.
  public let source: CalibrationOffset

  fileprivate let centres: [Double]
  fileprivate let counts: [Int]
  fileprivate let spread: Double
}

/// A calibrated estimate with its prediction intervals.
public struct CalibratedEstimate: Codable, Sendable {
  /// The predictions in the truth's unit.
  public let estimate: TransferEstimate
  /// By subset, half the width of each task's interval; nil without a prediction or a degree of freedom.
  @InSubsetOrder public private(set) var halfWidths: [Subset: [Double?]]
  /// The intervals' level.
  public let level: Double
  /// The line.
  public let calibration: Calibration
}

/// How much of an anchor's distance from the line its neighbours share: `exp(-units that differ / length)`, with noise a
/// share of the variance.
public struct ResidualKernel: Codable, Sendable, Hashable {
  /// Units that differ when the correlation has fallen to 1/e.
  public var length: Double
  /// Of what is not shared.
  public var noise: Double

  /// A kernel.
  public init(length: Double = 4, noise: Double = 0.1) {
    self.length = length
    self.noise = noise
  }
}

/// Fits offset and slope on anchors: trained subsets drawn at random, cells (S, i) with i in S and |S| > 1.
///
/// Raw signs of most estimates mean nothing until this is done. A slope below zero, which says that the estimate orders
/// subsets the wrong way round, becomes zero. With a kernel, what the line leaves of the anchors is spread to subsets that
/// differ little from them (the mean of a Gaussian process whose prior mean is the line). Prediction intervals are
/// Student's about the line, `t s sqrt(1 + 1/n_i + (x - mean_i)^2 / Sxx)`; they take the anchors' cells as independent and
/// are wider than needed where the kernel helps.
///
/// - Throws: ``AffinityError/insufficient(what:missing:)`` with fewer than two usable anchor cells.
public func calibrate(
  _ estimate: TransferEstimate, anchors: TrainedScores, offset: CalibrationOffset = .perTarget, level: Double = 0.95,
  residuals kernel: ResidualKernel? = nil
) throws -> CalibratedEstimate {
  let calibration = try fit(estimate, anchors: anchors, offset: offset)
  let critical =
    calibration.degrees > 0
    ? StudentT.quantile((1 + level) / 2, degrees: Double(calibration.degrees)) : nil
  var predictions: [Subset: [Double?]] = [:]
  var widths: [Subset: [Double?]] = [:]
  for (subset, row) in estimate.predictions {
    predictions[subset] = row.enumerated().map { task, x in
      guard let x, let a = calibration.offsets[task] else { return nil }
      return a + calibration.slope * x
    }
    widths[subset] = row.enumerated().map { task, x in
      guard let x, let critical, calibration.offsets[task] != nil else { return nil }
      let distance = x - calibration.centres[task]
      let slope = calibration.spread > 0 ? distance * distance / calibration.spread : 0
      let own = offset == .perTarget ? 1 / Double(max(calibration.counts[task], 1)) : 0
      return critical * calibration.residual * (1 + own + slope).squareRoot()
    }
  }
  if let kernel { try addResiduals(kernel, to: &predictions, anchors: anchors) }
  var cost = estimate.cost
  cost.runs += anchors.scores.count
  let calibrated = TransferEstimate(
    method: estimate.method, tasks: estimate.tasks, predictions: predictions, calibrated: true, cost: cost)
  return CalibratedEstimate(estimate: calibrated, halfWidths: widths, level: level, calibration: calibration)
}

/// Adds to each prediction of a task what anchors that hold it, weighted by the kernel, are off.
private func addResiduals(
  _ kernel: ResidualKernel, to predictions: inout [Subset: [Double?]], anchors: TrainedScores
) throws {
  func similarity(_ a: Subset, _ b: Subset) -> Double {
    exp(-Double(Set(a.units).symmetricDifference(b.units).count) / kernel.length)
  }
  for task in anchors.layout.tasks.indices {
    let known = anchors.holding(task).compactMap { anchor -> (subset: Subset, rest: Double)? in
      guard anchor.subset.count > 1, let value = predictions[anchor.subset]?[task] else { return nil }
      return (anchor.subset, anchor.score - value)
    }
    if known.isEmpty { continue }
    var gram = known.flatMap { a in known.map { similarity(a.subset, $0.subset) } }
    for place in known.indices { gram[place * known.count + place] += kernel.noise }
    let weights = try Cholesky(gram, size: known.count, what: "the anchors' residuals").solve(known.map(\.rest))
    let unit = anchors.layout.unit(task)
    for subset in predictions.keys where subset.contains(unit) {
      guard let value = predictions[subset]?[task] else { continue }
      predictions[subset]?[task] = zip(known, weights).reduce(value) { $0 + $1.1 * similarity(subset, $1.0.subset) }
    }
  }
}

private func fit(_ estimate: TransferEstimate, anchors: TrainedScores, offset: CalibrationOffset) throws -> Calibration
{
  let tasks = anchors.layout.tasks.indices
  var x = tasks.map { _ in [Double]() }
  var y = x
  var single: [(x: Double, y: Double)?] = tasks.map { _ in nil }
  for task in tasks {
    for (subset, score) in anchors.holding(task) {
      guard let value = estimate[subset, task] else { continue }
      if subset.count > 1 {
        x[task].append(value)
        y[task].append(score)
      } else {
        single[task] = (value, score)
      }
    }
  }
  func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
  // A target without anchors of its own leans on its single run, whatever the rule.
  let centres = tasks.map { task in
    offset == .singles || x[task].isEmpty ? single[task] : (mean(x[task]), mean(y[task]))
  }
  var xx = 0.0
  var xy = 0.0
  var cells = 0
  var targets = 0
  for task in tasks {
    guard let centre = centres[task], !x[task].isEmpty else { continue }
    targets += offset == .perTarget ? 1 : 0
    for (a, b) in zip(x[task], y[task]) {
      xx += (a - centre.x) * (a - centre.x)
      xy += (a - centre.x) * (b - centre.y)
      cells += 1
    }
  }
  guard cells > 1 else {
    throw AffinityError.insufficient(
      what: "the calibration of '\(estimate.method)'",
      missing: "anchors of two or more units (\(cells) cells are usable)")
  }
  let slope = xx > 0 ? max(0, xy / xx) : 0
  var squares = 0.0
  for task in tasks {
    guard let centre = centres[task] else { continue }
    for (a, b) in zip(x[task], y[task]) {
      let rest = b - centre.y - slope * (a - centre.x)
      squares += rest * rest
    }
  }
  let degrees = cells - targets - 1
  return Calibration(
    slope: slope, offsets: centres.map { $0.map { $0.y - slope * $0.x } },
    residual: degrees > 0 ? (squares / Double(degrees)).squareRoot() : 0, degrees: max(degrees, 0), cells: cells,
    source: offset, centres: centres.map { $0?.x ?? 0 }, counts: x.map(\.count), spread: xx)
}

/// The parameter of a family of estimators whose calibrated anchors it predicts best, each anchor left out in turn.
///
/// Candidates are values, as ridges or dampings, with the estimate that each gives; the error returned is the root mean
/// square over anchor cells.
///
/// - Throws: ``AffinityError`` when no candidate can be calibrated with an anchor left out.
public func selectByAnchors(
  _ candidates: [(value: Double, estimate: TransferEstimate)], anchors: TrainedScores,
  offset: CalibrationOffset = .perTarget, residuals: ResidualKernel? = nil
) throws -> (value: Double, error: Double) {
  let kept = anchors.scores.keys.filter { $0.count > 1 }.sorted()
  var best: (value: Double, error: Double)?
  for candidate in candidates {
    var squares = 0.0
    var cells = 0
    for left in kept {
      let others = anchors.only(anchors.scores.keys.filter { $0 != left })
      guard
        let line = try? calibrate(
          candidate.estimate, anchors: others, offset: offset, residuals: residuals)
      else { continue }
      for task in anchors.layout.tasks.indices where left.contains(anchors.layout.unit(task)) {
        guard let truth = anchors[left, task], let value = line.estimate[left, task] else { continue }
        squares += (truth - value) * (truth - value)
        cells += 1
      }
    }
    guard cells > 0, squares.isFinite else { continue }
    let error = (squares / Double(cells)).squareRoot()
    if error < best?.error ?? .infinity { best = (candidate.value, error) }
  }
  guard let best else {
    throw AffinityError.insufficient(what: "the choice of a parameter", missing: "anchors enough to leave one out")
  }
  return best
}
