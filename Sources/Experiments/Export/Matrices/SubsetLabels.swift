import TaskAffinity

/// What subsets are called in tables and figures: their units, or what they lack where that is shorter.
package struct SubsetLabels: Sendable {
  private let units: [String]

  package init(units: [String]) { self.units = units }

  /// `base`, `QA+IE`, `all`, `all but QA`. Units stand in the order of the plan.
  package func label(_ subset: Subset) -> String {
    if subset.isBase { return "base" }
    let held = units.filter(subset.contains)
    if held.count != subset.count { return subset.description }
    if units.count > 3 {
      if held.count == units.count { return "all" }
      let lacking = units.filter { !subset.contains($0) }
      if lacking.count == 1 { return "all but \(lacking[0])" }
    }
    return held.joined(separator: "+")
  }
}
