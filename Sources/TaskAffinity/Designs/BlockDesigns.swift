extension SubsetDesign {
  /// The 14 blocks of four of the Steiner quadruple system on 8 units: every pair in 3 blocks, every triple in one.
  ///
  /// Units are the vectors of {0,1}^3; blocks are the quadruples that sum to zero (planes of the affine space).
  ///
  /// - Throws: ``AffinityError`` unless there are 8 units.
  public static func steinerQuadruples(_ units: [String]) throws -> [Subset] {
    try check(units, count: 8, what: "a Steiner quadruple system")
    var blocks: [Subset] = []
    for a in 0..<8 {
      for b in (a + 1)..<8 {
        for c in (b + 1)..<8 {
          let d = a ^ b ^ c
          if d > c { blocks.append(Subset([a, b, c, d].map { units[$0] })) }
        }
      }
    }
    return blocks
  }

  /// The 21 blocks of the projective plane of order 4 less a point, on 20 units: every pair in exactly one block.
  ///
  /// Lines are the shifts of the perfect difference set {3, 6, 7, 12, 14} modulo 21 (Singer 1938), point 20 removed:
  /// 16 blocks of five and 5 of four.
  ///
  /// - Throws: ``AffinityError`` unless there are 20 units.
  public static func projectivePlane(_ units: [String]) throws -> [Subset] {
    try check(units, count: 20, what: "a projective plane less a point")
    return (0..<21).map { shift in
      Subset([3, 6, 7, 12, 14].map { ($0 + shift) % 21 }.filter { $0 < 20 }.map { units[$0] })
    }
  }

  /// The design for a sweep of 8: singles, Steiner blocks, leave-one-out and all, 31 subsets.
  public static func designOfEight(_ units: [String]) throws -> [Subset] {
    try singles(units) + steinerQuadruples(units) + leaveOneOut(units)
  }

  /// The design for a sweep of 20: singles, blocks of the plane and all, 42 subsets.
  public static func designOfTwenty(_ units: [String]) throws -> [Subset] {
    try singles(units) + projectivePlane(units) + [Subset(units)]
  }

  private static func check(_ units: [String], count: Int, what: String) throws {
    try check(units)
    guard units.count == count else {
      throw AffinityError.shapeMismatch(what: what, expected: count, found: units.count)
    }
  }
}
