/// How intervals are drawn.
public struct BootstrapSettings: Codable, Sendable, Equatable {
  /// How a draw varies the seeds of a sweep.
  public enum SeedResampling: String, Codable, Sendable {
    /// Normal multipliers on the deviations of the seeds, divided by an independent chi: the seeds' part of a draw
    /// is exactly Student's t with (seeds - 1) degrees of freedom, which keeps the coverage right with three seeds.
    case studentised
    /// Seeds drawn with replacement (the pigeonhole bootstrap); intervals are far too narrow below ten seeds.
    case multinomial
  }

  /// The number of draws.
  public var draws: Int
  /// The confidence level, in (0, 1).
  public var level: Double
  /// The seed of the generator; the same seed gives the same intervals on every machine.
  public var seed: UInt64
  /// How seeds vary.
  public var seedResampling: SeedResampling

  /// Settings, by default 5,000 draws at 95%.
  public init(
    draws: Int = 5_000, level: Double = 0.95, seed: UInt64 = 1, seedResampling: SeedResampling = .studentised
  ) {
    self.draws = draws
    self.level = level
    self.seed = seed
    self.seedResampling = seedResampling
  }

  func validate() throws {
    guard draws >= 100, draws <= 10_000_000 else {
      throw AffinityError.outOfRange(what: "the number of draws", value: "\(draws)", allowed: "100 to 10,000,000")
    }
    guard level > 0, level < 1 else {
      throw AffinityError.outOfRange(what: "the confidence level", value: "\(level)", allowed: "between 0 and 1")
    }
  }
}
