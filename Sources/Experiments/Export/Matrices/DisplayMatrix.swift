import TaskAffinity

/// A number of a matrix as papers show it, in the matrix's unit.
package struct DisplayCell: Sendable, Equatable {
  /// The estimate.
  package var value: Double
  /// The interval; nil where the data allow none.
  package var interval: ClosedRange<Double>?
  /// The value from each seed alone.
  package var perSeed: [Double]
  /// What the interval covers.
  package var scope: IntervalScope
  /// Seeds behind it.
  package var seeds: Int
  /// Whether runs of other seeds of this cell are still missing.
  package var isPartial = false
  /// Whether it differs from zero after adjustment for all cells of the matrix.
  package var isAdjustedSignificant = false

  /// Whether the interval excludes zero.
  package var excludesZero: Bool { interval.map { $0.lowerBound > 0 || $0.upperBound < 0 } ?? false }

  package init(_ estimate: Estimate, scale: Double = 1) {
    value = estimate.value * scale
    perSeed = estimate.perSeed.map { $0 * scale }
    scope = estimate.scope
    seeds = estimate.seeds
    if let lower = estimate.lower, let upper = estimate.upper, lower <= upper {
      interval = lower * scale...upper * scale
    }
  }

  /// The decimals that a rule gives it.
  func decimals(_ rounding: Rounding) -> Int {
    rounding.decimals(value, halfWidth: interval.map { ($0.upperBound - $0.lowerBound) / 2 })
  }

  /// `+4.12 [+3.67, +4.57]`.
  package func text(_ rounding: Rounding = .table, signed: Bool = true) -> String {
    let number = signedText(value, decimals: decimals(rounding), signed: signed)
    return intervalText(rounding, signed: signed).map { "\(number) \($0)" } ?? number
  }

  /// `[+3.67, +4.57]`; nil where there is no interval.
  package func intervalText(_ rounding: Rounding = .table, signed: Bool = true) -> String? {
    interval.map { interval in
      let ends = [interval.lowerBound, interval.upperBound].map {
        signedText($0, decimals: decimals(rounding), signed: signed)
      }
      return "[\(ends[0]), \(ends[1])]"
    }
  }
}

/// A place of a matrix.
package enum DisplayEntry: Sendable, Equatable {
  /// A number.
  case known(DisplayCell)
  /// A run that it needs is missing.
  case missing
  /// There is no such number: a unit on itself.
  case undefined

  /// The number, if it is known.
  package var cell: DisplayCell? {
    if case .known(let cell) = self { cell } else { nil }
  }
}

/// A matrix as tables and heat maps show it.
package struct DisplayMatrix: Sendable {
  /// A name for files: `transfer-loss`.
  package var name: String
  /// What it shows, with its unit: a sentence without its full stop.
  package var title: String
  /// A few words for a legend.
  package var legend: String
  /// What every run answers.
  package var estimand: Estimand
  /// The confidence level of every interval.
  package var confidence: Double
  /// Names of rows.
  package var rows: [String]
  /// Names of columns.
  package var columns: [String]
  /// Words below the names of columns; empty for none.
  package var columnNotes: [String] = []
  /// [rows][columns].
  package var entries: [[DisplayEntry]]
  /// Whether rows and columns are the same things, so that they are to have the same order.
  package var isSquare = false
  /// Whether numbers are gains, which have a sign.
  package var isGain = true
  /// For each column, whether more is better.
  package var higherIsBetter: [Bool]
  /// The method of adjustment, where cells were tested.
  package var adjustment: String?

  package init(
    name: String, title: String, legend: String, estimand: Estimand, confidence: Double, rows: [String],
    columns: [String], entries: [[DisplayEntry]], isSquare: Bool = false, isGain: Bool = true, higherIsBetter: [Bool]
  ) {
    self.name = name
    self.title = title
    self.legend = legend
    self.estimand = estimand
    self.confidence = confidence
    self.rows = rows
    self.columns = columns
    self.entries = entries
    self.isSquare = isSquare
    self.isGain = isGain
    self.higherIsBetter = higherIsBetter
  }

  /// All numbers that are known.
  package var known: [DisplayCell] { entries.joined().compactMap(\.cell) }
  /// Whether a run is missing.
  package var hasGaps: Bool { entries.joined().contains(.missing) }

  /// Rows and columns in another order.
  package func reordered(rows rowOrder: [Int], columns columnOrder: [Int]) -> DisplayMatrix {
    var result = self
    result.rows = rowOrder.map { rows[$0] }
    result.columns = columnOrder.map { columns[$0] }
    if !columnNotes.isEmpty { result.columnNotes = columnOrder.map { columnNotes[$0] } }
    result.entries = rowOrder.map { row in columnOrder.map { entries[row][$0] } }
    result.higherIsBetter = columnOrder.map { higherIsBetter[$0] }
    return result
  }

  /// For each column the rows that hold the best known number; none where all are equal.
  package var best: [Set<Int>] {
    columns.indices.map { column in
      let values = rows.indices.compactMap { row in entries[row][column].cell.map { (row, $0.value) } }
      guard values.count > 1 else { return [] }
      let sorted = values.map(\.1).sorted()
      guard let least = sorted.first, let most = sorted.last, least < most else { return [] }
      let best = higherIsBetter[column] ? most : least
      return Set(values.filter { $0.1 == best }.map(\.0))
    }
  }
}
