import Foundation

/// Kernel logistic regression on true answers: minimises over alpha
/// `sum_i w_i log(1 + exp(-(f_i + (K alpha)_i))) + ridge / 2 alpha' K alpha`.
struct LogisticKernel {
  /// [n, n]
  let kernel: [Double]
  let offsets: [Double]
  let weights: [Double]
  let ridge: Double

  /// The minimiser, by Newton steps in function space, each halved until the objective falls.
  ///
  /// - Throws: ``AffinityError/singular(what:reason:)`` when a step's matrix is not positive definite.
  func solve(what: String, iterations: Int = 50) throws -> [Double] {
    let n = offsets.count
    var alpha = [Double](repeating: 0, count: n)
    var u = alpha
    var objective = value(alpha, u)
    for _ in 0..<iterations {
      var gradient = alpha
      var root = alpha
      for i in 0..<n {
        let miss = 1 / (1 + exp(offsets[i] + u[i]))  // 1 - p
        gradient[i] = -weights[i] * miss
        // A curvature of zero would divide by zero below; such an example is fitted already.
        root[i] = max(weights[i] * miss * (1 - miss), 1e-12 * weights[i], 1e-300).squareRoot()
      }
      // (ridge + H K) alpha = H u - gradient, made symmetric by alpha = sqrt(H) beta.
      var system = kernel
      for i in 0..<n {
        for j in 0..<n { system[i * n + j] *= root[i] * root[j] }
        system[i * n + i] += ridge
      }
      let right = (0..<n).map { root[$0] * u[$0] - gradient[$0] / root[$0] }
      let beta = try Cholesky(system, size: n, what: what).solve(right)
      var step = 1.0
      var moved = false
      while step > 1e-6 {
        let trial = (0..<n).map { alpha[$0] + step * (root[$0] * beta[$0] - alpha[$0]) }
        let image = multiply(kernel, trial, m: n, k: n, n: 1)
        let other = value(trial, image)
        if other < objective {
          moved = objective - other > 1e-12 * max(abs(objective), 1)
          (alpha, u, objective) = (trial, image, other)
          break
        }
        step /= 2
      }
      if !moved { break }
    }
    return alpha
  }

  private func value(_ alpha: [Double], _ u: [Double]) -> Double {
    var sum = 0.0
    for i in alpha.indices { sum += weights[i] * softplus(-(offsets[i] + u[i])) + ridge / 2 * alpha[i] * u[i] }
    return sum
  }
}

/// log(1 + exp(x)) without overflow.
func softplus(_ x: Double) -> Double { x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)) }
