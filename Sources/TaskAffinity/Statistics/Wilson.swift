/// Wilson's interval for a share of successes, as for a single accuracy.
///
/// Centre (k + z^2/2) / (n + z^2), half-width z sqrt(k (n - k) / n + z^2 / 4) / (n + z^2).
///
/// - Throws: ``AffinityError`` unless 0 <= successes <= count, count > 0 and the level is between 0 and 1.
public func wilsonInterval(successes: Double, count: Double, level: Double = 0.95) throws -> (
  lower: Double, upper: Double
) {
  guard count > 0, successes >= 0, successes <= count, level > 0, level < 1 else {
    throw AffinityError.outOfRange(
      what: "a share", value: "\(successes) of \(count) at level \(level)", allowed: "0 to all of at least one")
  }
  let z = Normal.quantile((1 + level) / 2)
  let half = z * (successes * (count - successes) / count + z * z / 4).squareRoot()
  let centre = successes + z * z / 2
  return (max(0, (centre - half) / (count + z * z)), min(1, (centre + half) / (count + z * z)))
}
