import CKernels

/// What random numbers are for: numbers for different purposes are independent.
package enum RandomPurpose: UInt64, Sendable {
  case adapterInitialisation = 1, dataOrder, dropout, sampling, generation
}

/// Philox4x32-10 (Salmon et al. 2011): random numbers that depend on their name (seed, purpose, stream, index) alone.
package struct CounterBasedGenerator: RandomNumberGenerator, Sendable {
  private let key: UInt64
  private let stream: UInt64
  private var counter: UInt64 = 0
  private var buffered: UInt64?

  package init(seed: UInt64, purpose: RandomPurpose, stream: UInt64 = 0) {
    key = Self.key(seed: seed, purpose: purpose)
    self.stream = stream
  }

  /// A key for a seed and a purpose, itself one draw of the generator.
  package static func key(seed: UInt64, purpose: RandomPurpose, stream: UInt64 = 0) -> UInt64 {
    words(seed, stream, purpose.rawValue).0
  }

  /// Two 64-bit words at a counter.
  package static func words(_ key: UInt64, _ low: UInt64, _ high: UInt64) -> (UInt64, UInt64) {
    var result: [UInt32] = [0, 0, 0, 0]
    mtl_philox(key, low, high, &result)
    return (UInt64(result[1]) << 32 | UInt64(result[0]), UInt64(result[3]) << 32 | UInt64(result[2]))
  }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    if let word = buffered {
      buffered = nil
      return word
    }
    let (first, second) = Self.words(key, counter, stream)
    counter += 1
    buffered = second
    return first
  }

  /// The next number in [0, 1), a multiple of 2^-24.
  package mutating func nextUnitFloat() -> Float { Float(next() >> 40) * 0x1p-24 }
}
