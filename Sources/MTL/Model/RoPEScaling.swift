import Foundation

/// How a model changes its rotary frequencies theta^(-2i/Dh) for longer contexts.
public enum RoPEScaling: Codable, Sendable, Hashable {
  /// Unchanged.
  case none
  /// Every frequency divided by `factor`.
  case linear(factor: Float)
  /// LLaMA 3.1: long wavelengths divided by `factor`, short ones kept, a linear blend between.
  case llama3(factor: Float, lowFrequencyFactor: Float, highFrequencyFactor: Float, originalContext: Int)
  /// Frequency i divided by factor i, Dh/2 of them; GGUF stores LLaMA 3.1's scaling so.
  case frequencyFactors([Float])

  func problems(headDimension: Int) -> [String] {
    func positive(_ name: String, _ value: Float) -> [String] {
      value > 0 && value.isFinite ? [] : ["RoPE \(name) is \(value), not positive"]
    }
    switch self {
    case .none: return []
    case .linear(let factor): return positive("factor", factor)
    case .llama3(let factor, let low, let high, let context):
      return positive("factor", factor) + positive("low frequency factor", low)
        + (high > low && high.isFinite ? [] : ["RoPE high frequency factor is \(high), not above \(low)"])
        + (context > 0 ? [] : ["RoPE original context is \(context)"])
    case .frequencyFactors(let factors):
      if factors.count != headDimension / 2 {
        return ["there are \(factors.count) RoPE frequency factors for a head dimension of \(headDimension)"]
      }
      return factors.allSatisfy { $0 > 0 && $0.isFinite } ? [] : ["a RoPE frequency factor is not positive"]
    }
  }
}

extension ModelConfiguration {
  /// The Dh/2 rotary frequencies, radians a position: theta^(-2i/Dh), scaled as `ropeScaling` says.
  ///
  /// In single precision, as the reference implementation computes them.
  /// Source: transformers, modeling_rope_utils (`_compute_llama3_parameters`).
  public var rotaryFrequencies: [Float] {
    (0..<headDimension / 2).map { i in
      let frequency = 1 / powf(ropeTheta, Float(2 * i) / Float(headDimension))
      switch ropeScaling {
      case .none: return frequency
      case .linear(let factor): return frequency / factor
      case .frequencyFactors(let factors): return frequency / factors[i]
      case .llama3(let factor, let low, let high, let context):
        let wavelength = 2 * Float.pi / frequency
        if wavelength < Float(context) / high { return frequency }
        if wavelength > Float(context) / low { return frequency / factor }
        let blend = (Float(context) / wavelength - low) / (high - low)
        return (1 - blend) * frequency / factor + blend * frequency
      }
    }
  }
}
