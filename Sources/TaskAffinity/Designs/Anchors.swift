extension SubsetDesign {
  /// A simple random sample of subsets, as anchors must be for their means to stand for all.
  ///
  /// - Throws: ``AffinityError/outOfRange(what:value:allowed:)`` for more than there are, or none.
  public static func sample(_ subsets: [Subset], count: Int, seed: UInt64) throws -> [Subset] {
    let distinct = Set(subsets).sorted()
    guard count >= 1, count <= distinct.count else {
      throw AffinityError.outOfRange(
        what: "the number of anchors", value: "\(count)", allowed: "1 to \(distinct.count), the subsets")
    }
    return order(distinct, seed: seed).prefix(count).sorted()
  }

  /// The subsets in the random order of a seed.
  public static func order(_ subsets: [Subset], seed: UInt64) -> [Subset] {
    var generator = SplitMix64(seed: seed, stream: "anchors")
    var order = subsets
    generator.shuffle(&order)
    return order
  }
}
