/// Random projection of gradients onto `size` features by signs that are computed, never stored.
///
/// The sign of (parameter p, feature k) is bit k mod 64 of SplitMix64's finaliser at (seed, p, k / 64); features are
/// g R / sqrt(size), so inner products are unbiased with a noise of about |g| |h| / sqrt(size).
public struct RademacherProjection: Sendable {
  /// The number of features.
  public let size: Int
  /// The seed of the signs.
  public let seed: UInt64

  /// A projection.
  ///
  /// - Throws: ``AffinityError`` unless there is a feature.
  public init(size: Int, seed: UInt64) throws {
    guard size > 0 else {
      throw AffinityError.outOfRange(what: "the projection's size", value: "\(size)", allowed: "1 or more")
    }
    self.size = size
    self.seed = seed
  }

  /// The sign of one parameter in one feature, -1 or 1.
  public func sign(parameter: Int, feature: Int) -> Float {
    word(parameter, feature / 64) >> UInt64(feature % 64) & 1 == 1 ? 1 : -1
  }

  private func word(_ parameter: Int, _ group: Int) -> UInt64 {
    let words = UInt64((size + 63) / 64)
    let counter = UInt64(parameter) &* words &+ UInt64(group)
    return SplitMix64.mix(SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ (counter &* 0xD1B5_4A32_D192_ED03))
  }

  /// The signs of a range of parameters, [parameters.count, size].
  func signs(_ parameters: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: parameters.count * size) { buffer, count in
      var place = 0
      for parameter in parameters {
        for group in 0..<(size + 63) / 64 {
          var bits = word(parameter, group)
          for _ in 0..<min(64, size - group * 64) {
            buffer[place] = bits & 1 == 1 ? 1 : -1
            bits >>= 1
            place += 1
          }
        }
      }
      count = place
    }
  }

  /// The features of all rows, [rows, size].
  public func project(_ panels: some GradientPanels, width: Int = 4_096) throws -> [Float] {
    useOneBLASThread()
    let n = panels.rows.count
    var features = [Float](repeating: 0, count: n * size)
    try panels.forEachPanel(width: width) { columns, values in
      accumulate(values, signs(columns), into: &features, m: n, k: columns.count, n: size)
    }
    let scale = 1 / Float(size).squareRoot()
    return features.map { $0 * scale }
  }
}
