/// A set of unit names (categories or tasks) that one run is trained on; the empty set is the base model.
///
/// Units are kept sorted, so equal sets are equal values; subsets order by size, then by name.
public struct Subset: Hashable, Sendable {
  /// The members, sorted, each once.
  public let units: [String]

  /// The base model: no training at all.
  public static let base = Subset([String]())

  /// The set of the given names; order and repetition do not matter.
  public init(_ units: some Sequence<String>) {
    self.units = Set(units).sorted()
  }

  /// The number of units.
  public var count: Int { units.count }

  /// Whether this is the untrained base.
  public var isBase: Bool { units.isEmpty }

  /// Whether the unit is a member.
  public func contains(_ unit: String) -> Bool { units.contains(unit) }

  /// This set with one more unit.
  public func adding(_ unit: String) -> Subset { Subset(units + [unit]) }

  /// This set without one unit.
  public func removing(_ unit: String) -> Subset { Subset(units.filter { $0 != unit }) }
}

extension Subset: Comparable {
  /// Smaller sets first, equal sizes by their sorted names.
  public static func < (a: Subset, b: Subset) -> Bool {
    a.count != b.count ? a.count < b.count : a.units.lexicographicallyPrecedes(b.units)
  }
}

extension Subset: ExpressibleByArrayLiteral {
  /// The set of the literal's names.
  public init(arrayLiteral elements: String...) { self.init(elements) }
}

extension Subset: CustomStringConvertible {
  /// `base`, or the units joined by plus signs.
  public var description: String { isBase ? "base" : units.joined(separator: "+") }
}

extension Subset: Codable {
  /// Reads an array of names.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([String].self))
  }

  /// Writes the sorted names as an array.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(units)
  }
}

/// A dictionary by subsets that is written in their order, so that equal contents have equal bytes: an array of each subset
/// and its value in turn, as dictionaries with keys that are no text are written.
@propertyWrapper public struct InSubsetOrder<Value: Codable & Sendable>: Codable, Sendable {
  /// The dictionary.
  public var wrappedValue: [Subset: Value]

  /// Wraps a dictionary.
  public init(wrappedValue: [Subset: Value]) { self.wrappedValue = wrappedValue }

  /// Reads a dictionary, in any order.
  public init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode([Subset: Value].self)
  }

  /// Writes the subsets in order, each followed by its value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for (subset, value) in wrappedValue.sorted(by: { $0.key < $1.key }) {
      try container.encode(subset)
      try container.encode(value)
    }
  }
}
