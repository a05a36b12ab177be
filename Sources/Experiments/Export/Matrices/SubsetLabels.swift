import TaskAffinity

/// What subsets are called in tables and figures: their units, or what they lack where that is shorter.
package struct SubsetLabels: Sendable {
  private let units: [String]

  package init(units: [String]) { self.units = units }

  /// `base`, `IE+QA`, `all`, `all but QA`; the last two where there are more than three units.
  package func label(_ subset: Subset) -> String {
    if subset.isBase { return "base" }
    let lacking = units.filter { !subset.contains($0) }
    if units.count > 3, lacking.count + subset.count == units.count {
      if lacking.isEmpty { return "all" }
      if lacking.count == 1 { return "all but \(lacking[0])" }
    }
    return subset.description
  }
}
