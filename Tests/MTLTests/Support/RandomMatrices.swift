import MTL

extension FloatBuffer {
  /// Normal-looking values, the same for the same seed.
  static func random(_ count: Int, seed: UInt64, scale: Float = 1) -> FloatBuffer {
    var generator = CounterBasedGenerator(seed: seed, purpose: .sampling)
    let buffer = FloatBuffer(count: count)
    for i in 0..<count {
      let sum = (0..<4).reduce(Float(0)) { sum, _ in sum + generator.nextUnitFloat() }
      buffer.pointer[i] = (sum - 2) * 1.7 * scale
    }
    return buffer
  }

  /// All of it as a matrix, which a test may keep: the memory is never given back.
  func shaped(_ rows: Int, _ columns: Int) -> Matrix {
    _ = Unmanaged.passRetained(self)
    return matrix(rows: rows, columns: columns)
  }
}

/// Compares `gradient` with central differences of `loss` at every place of `values`, or at every `step`-th.
///
/// `loss` must read `values` as they are when it is called; differences are taken in double precision.
func worstGradientError(
  of values: FloatBuffer, gradient: [Float], every step: Int = 1, delta: Float = 1e-2, _ loss: () -> Double
) -> Double {
  var worst = 0.0
  let scale = Double(gradient.reduce(0) { max($0, abs($1)) }) + 1e-6
  for i in stride(from: 0, to: values.count, by: step) {
    let value = values.pointer[i]
    values.pointer[i] = value + delta
    let above = loss()
    values.pointer[i] = value - delta
    let below = loss()
    values.pointer[i] = value
    let difference = (above - below) / Double(2 * delta)
    worst = max(worst, abs(difference - Double(gradient[i])) / scale)
  }
  return worst
}

/// The scalar that a gradient test differentiates: `sum of weights * values`, in double precision.
func weighted(_ values: Matrix, _ weights: Matrix) -> Double {
  zip(values.elements, weights.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
