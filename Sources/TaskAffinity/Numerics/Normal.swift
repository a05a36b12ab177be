import Foundation

/// The standard normal distribution.
package enum Normal {
  /// P(Z <= z).
  package static func cdf(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The z with P(Z <= z) = p, to about 1e-15 relative; infinite at 0 and 1.
  package static func quantile(_ p: Double) -> Double {
    if p <= 0 { return -.infinity }
    if p >= 1 { return .infinity }
    if p > 0.5 { return -quantile(1 - p) }
    // Abramowitz and Stegun 26.2.23 starts within 5e-4; three Halley steps on the tail finish.
    let t = (-2 * log(p)).squareRoot()
    var z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))
    for _ in 0..<3 {
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      guard density > 0 else { break }
      let step = (cdf(z) - p) / density
      z -= step / (1 + z * step / 2)
    }
    return z
  }
}
