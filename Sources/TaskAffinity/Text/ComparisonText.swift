extension EstimatorComparison {
  /// The noise ceiling first, then one line an estimator, best skill first and those in no unit last.
  ///
  /// - Parameter costInRuns: what each method cost in runs of mean size, by its name.
  /// - Returns: lines for a terminal.
  public func text(costInRuns: [String: Double] = [:]) -> String {
    var heading = "noise ceiling: unknown (one seed of truth)\n"
    if let ceiling {
      let seeds = "\(ceiling.truthSeeds) seed\(ceiling.truthSeeds == 1 ? "" : "s")"
      heading =
        "noise ceiling: split-half \(decimal(ceiling.splitHalf, 2)), reliability of \(seeds) "
        + "\(decimal(ceiling.reliability, 2)), best possible correlation \(decimal(ceiling.ceiling, 2)), "
        + "one seed of truth \(decimal(ceiling.oneSeed, 2))\n"
    }
    var table = TextTable(header: [
      "method", "cells", "rho", "tau", "pooled", "skill", "neg. F1", "signs right", "majority", "distance",
      "trivial's", "regret", "grouping", "cost, runs",
    ])
    func number(_ value: Double?, _ digits: Int = 2) -> TextTable.Cell {
      value.map { TextTable.Cell(decimal($0, digits)) } ?? TextTable.Cell("-", tone: .faint)
    }
    let sorted = reports.sorted {
      ($0.skill ?? -.infinity, $0.spearman ?? -2) > ($1.skill ?? -.infinity, $1.spearman ?? -2)
    }
    for report in sorted {
      let signs = report.negativeTransfer
      table.rows.append([
        TextTable.Cell(report.method), TextTable.Cell("\(report.cells)"), number(report.spearman),
        number(report.kendall),
        number(report.pooled), number(report.skill), number(signs?.f1), number(signs?.accuracy),
        number(signs?.majority),
        number(report.distance, 3), number(report.trivialDistance, 3), number(report.subsetRegret, 4),
        number(report.groupingRegret, 4), number(costInRuns[report.method] ?? Double(report.cost.runs), 1),
      ])
    }
    return heading + "\n" + table.render()
  }
}
