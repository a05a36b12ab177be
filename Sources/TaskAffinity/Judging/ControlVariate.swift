/// The mean of a truth over many subsets from few trained ones, an estimate of all of them taking out variance.
///
/// `mean(y) - b (mean(x) on anchors - mean(x) on all)`, b the regression slope; its variance is about (1 - rho^2) times
/// that of the plain mean. Anchors must be drawn at random from the subsets whose mean is wanted.
public struct ControlVariateMean: Codable, Sendable, Equatable {
  /// The estimated mean.
  public let value: Double
  /// The interval's ends; nil with fewer than four anchors.
  public let lower, upper: Double?
  /// The plain mean of the anchors.
  public let plain: Double
  /// The correlation of estimate and truth on the anchors.
  public let correlation: Double?
}

/// The control-variate mean of anchors `truth` with their estimates, given the estimates of all subsets.
///
/// - Throws: ``AffinityError`` without anchors or when arrays differ in length.
public func controlVariateMean(
  truth: [Double], estimates: [Double], all: [Double], level: Double = 0.95
) throws -> ControlVariateMean {
  guard truth.count == estimates.count, !truth.isEmpty, !all.isEmpty else {
    throw AffinityError.shapeMismatch(what: "the anchors' estimates", expected: truth.count, found: estimates.count)
  }
  let m = Double(truth.count)
  let meanX = estimates.reduce(0, +) / m
  let meanY = truth.reduce(0, +) / m
  let xx = estimates.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
  let xy = zip(estimates, truth).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
  let slope = xx > 0 ? xy / xx : 0
  let gap = meanX - all.reduce(0, +) / Double(all.count)
  let value = meanY - slope * gap
  let squares = zip(estimates, truth).reduce(0.0) { sum, pair in
    let rest = pair.1 - meanY - slope * (pair.0 - meanX)
    return sum + rest * rest
  }
  var half: Double?
  if truth.count > 3 {
    let variance = squares / (m - 2)
    // All subsets are known to the estimate, and anchors are a share of them: the finite population's correction.
    let share = max(1 - m / Double(all.count), 0)
    let error = (variance * (share / m + (xx > 0 ? gap * gap / xx : 0))).squareRoot()
    half = StudentT.quantile((1 + level) / 2, degrees: m - 2) * error
  }
  return ControlVariateMean(
    value: value, lower: half.map { value - $0 }, upper: half.map { value + $0 }, plain: meanY,
    correlation: pearson(estimates, truth))
}
