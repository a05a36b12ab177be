/// The power of the two-sided paired t test over seeds.
///
/// The effect is the difference in units of the standard deviation of paired differences between seeds; alpha is the
/// level of one test, for Holm's first step the family's level over the number of tests.
public func pairedPower(effect: Double, seeds: Int, alpha: Double = 0.05) -> Double {
  guard seeds > 1, effect.isFinite, alpha > 0, alpha < 1 else { return 0 }
  let degrees = Double(seeds - 1)
  let critical = StudentT.quantile(1 - alpha / 2, degrees: degrees)
  let shift = effect * Double(seeds).squareRoot()
  return 1 - StudentT.noncentralCDF(critical, degrees: degrees, shift: shift)
    + StudentT.noncentralCDF(-critical, degrees: degrees, shift: shift)
}

/// The least number of seeds with the wanted power, at most 1,000; nil when more would be needed.
public func seedsNeeded(effect: Double, power: Double = 0.8, alpha: Double = 0.05, tests: Int = 1) -> Int? {
  let alpha = alpha / Double(max(tests, 1))
  guard abs(effect) > 0 else { return nil }
  return (2...1_000).first { pairedPower(effect: abs(effect), seeds: $0, alpha: alpha) >= power }
}

/// One line of the table that a pilot buys: how many seeds show a difference of this size.
public struct PowerLine: Codable, Sendable, Equatable {
  /// The difference, in the unit of the pilot's scores.
  public let difference: Double
  /// The difference over the pilot's standard deviation.
  public let effect: Double
  /// Seeds for one test.
  public let seeds: Int?
  /// Seeds for the first step of Holm over all tests.
  public let seedsAdjusted: Int?
}

/// The power table of a terminal, with what the exact test needs besides.
public func powerText(_ lines: [PowerLine], tests: Int) -> String {
  var table = TextTable(header: ["difference", "in sd", "seeds, one test", "seeds, \(tests) tests (Holm)"])
  for line in lines {
    table.rows.append([
      TextTable.Cell(decimal(line.difference, 4)), TextTable.Cell(decimal(line.effect, 2)),
      TextTable.Cell(line.seeds.map(String.init) ?? "> 1000"),
      TextTable.Cell(line.seedsAdjusted.map(String.init) ?? "> 1000"),
    ])
  }
  return table.render() + "an exact sign-flip test cannot fall below 0.05 with fewer than 6 seeds\n"
}

/// Seeds for a power of 80% at several differences, from a pilot's paired standard deviation between seeds.
///
/// - Throws: ``AffinityError`` unless the standard deviation is positive and there is a test.
public func powerTable(
  standardDeviation: Double, differences: [Double]? = nil, tests: Int, power: Double = 0.8, alpha: Double = 0.05
) throws -> [PowerLine] {
  guard standardDeviation > 0, standardDeviation.isFinite else {
    throw AffinityError.outOfRange(
      what: "the pilot's standard deviation", value: "\(standardDeviation)", allowed: "a positive number")
  }
  guard tests > 0 else {
    throw AffinityError.outOfRange(what: "the number of tests", value: "\(tests)", allowed: "1 or more")
  }
  return (differences ?? [0.5, 1, 1.5, 2, 3].map { $0 * standardDeviation }).map { difference in
    let effect = abs(difference) / standardDeviation
    return PowerLine(
      difference: difference, effect: effect, seeds: seedsNeeded(effect: effect, power: power, alpha: alpha),
      seedsAdjusted: seedsNeeded(effect: effect, power: power, alpha: alpha, tests: tests))
  }
}
