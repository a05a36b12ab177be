/// Which subsets a sweep trains, as pure functions over unit names.
public enum SubsetDesign {
  /// The most units whose subsets are all listed.
  public static let mostUnitsForAll = 16

  /// All non-empty subsets, by size.
  ///
  /// - Throws: ``AffinityError`` for duplicate names or more than ``mostUnitsForAll`` units.
  public static func all(_ units: [String]) throws -> [Subset] {
    try check(units)
    guard units.count <= mostUnitsForAll else {
      throw AffinityError.outOfRange(
        what: "the number of units of a full design", value: "\(units.count)", allowed: "at most \(mostUnitsForAll)")
    }
    return (1..<(1 << units.count)).map { mask in
      Subset(units.indices.filter { mask >> $0 & 1 == 1 }.map { units[$0] })
    }.sorted()
  }

  /// Each unit alone.
  public static func singles(_ units: [String]) throws -> [Subset] {
    try check(units)
    return units.map { [$0] }
  }

  /// Every two units.
  public static func pairs(_ units: [String]) throws -> [Subset] {
    try check(units)
    return units.indices.flatMap { i in units[(i + 1)...].map { Subset([units[i], $0]) } }
  }

  /// All units, and all but each one.
  public static func leaveOneOut(_ units: [String]) throws -> [Subset] {
    try check(units)
    let all = Subset(units)
    if units.count == 1 { return [all] }
    return [all] + units.map { all.removing($0) }
  }

  static func check(_ units: [String]) throws {
    guard !units.isEmpty else { throw AffinityError.insufficient(what: "a design of subsets", missing: "any unit") }
    var seen = Set<String>()
    for unit in units where !seen.insert(unit).inserted { throw AffinityError.duplicateName(kind: "unit", name: unit) }
  }
}
