import Foundation

/// Student's t distribution, central and noncentral.
package enum StudentT {
  /// P(T <= t) with `degrees` > 0 degrees of freedom.
  package static func cdf(_ t: Double, degrees: Double) -> Double {
    if degrees.isInfinite { return Normal.cdf(t) }
    let tail = 0.5 * regularisedBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
    return t > 0 ? 1 - tail : tail
  }

  /// The t with P(T <= t) = p, by bisection to full precision.
  package static func quantile(_ p: Double, degrees: Double) -> Double {
    if degrees.isInfinite { return Normal.quantile(p) }
    if p == 0.5 { return 0 }
    if p < 0.5 { return -quantile(1 - p, degrees: degrees) }
    var low = 0.0
    var high = 1.0
    while cdf(high, degrees: degrees) < p, high < 1e300 { high *= 2 }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if middle == low || middle == high { break }
      if cdf(middle, degrees: degrees) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(T <= t) where T = (Z + shift) / sqrt(chi^2 / degrees), by Simpson's rule over the chi's density.
  package static func noncentralCDF(_ t: Double, degrees: Double, shift: Double) -> Double {
    // With k degrees, s = sqrt(chi^2 / k) has density 2 (k/2)^(k/2) / Gamma(k/2) s^(k-1) exp(-k s^2 / 2).
    let constant = log(2) + degrees / 2 * log(degrees / 2) - lgamma(degrees / 2)
    let top = 1 + 12 / degrees.squareRoot()
    let steps = 4_000
    let width = top / Double(steps)
    var sum = 0.0
    for index in 0...steps {
      let s = Double(index) * width
      let weight = index == 0 || index == steps ? 1.0 : index % 2 == 1 ? 4.0 : 2.0
      if s == 0, degrees > 1 { continue }
      let density = exp(constant + (degrees - 1) * (s > 0 ? log(s) : 0) - degrees * s * s / 2)
      sum += weight * density * Normal.cdf(t * s - shift)
    }
    return sum * width / 3
  }
}

/// The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical Recipes 6.4's form).
func regularisedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  if x > (a + 1) / (a + b + 2) { return 1 - regularisedBeta(1 - x, b, a) }
  let logBeta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
  let power: Double = a * log(x) + b * log(1 - x)
  let front = exp(power - logBeta) / a
  let tiny = 1e-300
  var c = 1.0
  var d = 1 - (a + b) * x / (a + 1)
  d = 1 / (abs(d) < tiny ? tiny : d)
  var fraction = d
  for step in 1...500 {
    let m = Double(step)
    let twice = a + 2 * m
    let even: Double = m * (b - m) * x / ((twice - 1) * twice)
    let odd: Double = -(a + m) * (a + b + m) * x / (twice * (twice + 1))
    for numerator in [even, odd] {
      d = 1 + numerator * d
      d = 1 / (abs(d) < tiny ? tiny : d)
      c = 1 + numerator / c
      if abs(c) < tiny { c = tiny }
      fraction *= c * d
    }
    if abs(c * d - 1) < 1e-16 { break }
  }
  return front * fraction
}
