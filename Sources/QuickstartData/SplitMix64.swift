/// A small seeded generator whose draws are the same on every platform and Swift version.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
public struct SplitMix64: Sendable {
  private var state: UInt64

  /// Starts from the 64-bit FNV-1a hash of a name, so that every file has its own stream.
  public init(name: String) {
    state = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// A draw from 0 ..< bound; 0 when the bound is not positive.
  public mutating func below(_ bound: Int) -> Int {
    // The bias of the remainder is below bound / 2^64.
    bound > 0 ? Int(next() % UInt64(bound)) : 0
  }

  /// A draw from a closed range.
  public mutating func draw(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  /// One element of a list that the caller knows not to be empty.
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// The elements in random order (Fisher-Yates).
  ///
  /// The standard library's `shuffled` may change between versions; the committed files must not.
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for last in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(last, below(last + 1))
    }
    return result
  }
}
