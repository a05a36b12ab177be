/// How numbers of a matrix are shown.
public struct MatrixStyle: Sendable {
  /// Relative gains in per cent, or absolute ones in the score's unit.
  public var relative: Bool
  /// Digits after the point.
  public var digits: Int
  /// Whether signs that the interval confirms are coloured.
  public var colours: Bool
  /// Whether intervals are shown; without them the star still says which exclude zero.
  public var intervals: Bool

  /// A style, by default relative, one digit, with intervals, no colours.
  public init(relative: Bool = true, digits: Int = 1, colours: Bool = false, intervals: Bool = true) {
    self.relative = relative
    self.digits = digits
    self.colours = colours
    self.intervals = intervals
  }
}

extension Estimate {
  /// The number and its interval: `+4.1 [+1.2, +7.9]`; a star where the interval excludes zero.
  func text(scale: Double = 1, digits: Int, signed: Bool, star: Bool, intervals: Bool = true) -> String {
    let number = decimal(value * scale, digits, signed: signed)
    let mark = star ? (significantSign != 0 ? " *" : "  ") : ""
    guard let lower, let upper, intervals else { return number + mark }
    let interval =
      "[\(decimal(lower * scale, digits, signed: signed)), \(decimal(upper * scale, digits, signed: signed))]"
    return "\(number) \(interval)" + mark
  }

  var tone: TextTable.Tone { significantSign > 0 ? .good : significantSign < 0 ? .bad : .faint }
}

extension TransferMatrix {
  /// The table of gains over a baseline, below three lines that say what it shows; gains in per cent unless absolute.
  public func text(_ baseline: Baseline = .base, style: MatrixStyle = MatrixStyle()) -> String {
    let gains = cells.map { $0.map { $0?.gain(over: baseline).flatMap { style.relative ? $0.relative : $0.absolute } } }
    let known = gains.joined().compactMap { $0 }
    var heading = "gain in \(quantity.title) over \(baseline.title)\(style.relative ? ", per cent" : "")"
    heading += "; positive helps\n" + caption(known, confidence: confidence, estimand: estimand)
    var table = TextTable(header: ["trained on"] + columns)
    for (row, subset) in rows.enumerated() where gains[row].contains(where: { $0 != nil }) {
      if subset.isBase, baseline == .base { continue }
      table.rows.append([TextTable.Cell(subset.description)] + gains[row].map { cell($0, style: style) })
    }
    return heading + "\n" + table.render(colours: style.colours) + varianceText(known) + missingText(missing)
  }

  /// The table of the scores themselves.
  public func scoreText(digits: Int = 3) -> String {
    let known = cells.joined().compactMap { $0?.value }
    var table = TextTable(header: ["trained on"] + columns)
    for (row, subset) in rows.enumerated() where cells[row].contains(where: { $0 != nil }) {
      table.rows.append(
        [TextTable.Cell(subset.description)]
          + cells[row].map { cell in
            cell.map { TextTable.Cell($0.value.text(digits: digits, signed: false, star: false)) }
              ?? TextTable.Cell("?", tone: .faint)
          })
    }
    return "\(quantity.title)\n" + caption(known, confidence: confidence, estimand: estimand) + "\n" + table.render()
      + missingText(missing)
  }
}

extension AffinityMatrix {
  /// The table, below lines that say what it shows; in per cent unless absolute.
  public func text(style: MatrixStyle = MatrixStyle()) -> String {
    let gains = cells.map { $0.map { $0.flatMap { style.relative ? $0.relative : $0.absolute } } }
    var heading = "\(kind.title)\n\(quantity.title)\(style.relative ? ", per cent" : ""); positive helps\n"
    let known = gains.joined().compactMap { $0 }
    heading += caption(known, confidence: confidence, estimand: estimand)
    var table = TextTable(header: ["trained on"] + columns)
    for (row, name) in rows.enumerated() {
      table.rows.append(
        [TextTable.Cell(name)]
          + gains[row].enumerated().map { column, gain in
            // A unit on itself is undefined for most kinds, which is not the same as unknown.
            gain == nil && columns[column] == name ? TextTable.Cell("-", tone: .faint) : cell(gain, style: style)
          })
    }
    return heading + "\n" + table.render(colours: style.colours) + varianceText(known) + missingText(missing)
  }
}

private func cell(_ estimate: Estimate?, style: MatrixStyle) -> TextTable.Cell {
  guard let estimate else { return TextTable.Cell("?", tone: .faint) }
  let text = estimate.text(
    scale: style.relative ? 100 : 1, digits: style.digits, signed: true, star: true, intervals: style.intervals)
  return TextTable.Cell(text, tone: estimate.tone)
}

/// What the intervals are, in words: level, scope, seeds, estimand.
private func caption(_ estimates: [Estimate], confidence: Double, estimand: Estimand) -> String {
  let seeds = estimates.map(\.seeds)
  let fewest = seeds.filter { $0 > 0 }.min() ?? 0
  let most = seeds.max() ?? 0
  let count = fewest == most ? "\(most)" : "\(fewest) to \(most)"
  let level = decimal(confidence * 100, 0)
  let scopes = estimates.map(\.scope).uniqued().filter { most == 0 || $0 != .examples }
  let over = scopes.map { scope in
    scope == .seedsAndExamples ? "\(count) seed\(most == 1 ? "" : "s") and examples" : scope.title
  }
  let interval = over.isEmpty ? "no interval" : "\(level)% BCa bootstrap intervals over \(over.joined(separator: "; "))"
  return "\(estimand.title); \(interval); * interval excludes zero\n"
}

/// One line that says where the error comes from and what would narrow the intervals.
private func varianceText(_ estimates: [Estimate]) -> String {
  pooledComponents(estimates).map { "where the error comes from: \($0.shares); \($0.advice)\n" } ?? ""
}

/// One line that counts the missing cells and names the first runs.
private func missingText(_ missing: [MissingCell]) -> String {
  if missing.isEmpty { return "" }
  let runs = missing.map { cell in "\(cell.subset)\(cell.seed.map { " seed \($0)" } ?? "")" }.uniqued()
  let shown = runs.prefix(6).joined(separator: ", ") + (runs.count > 6 ? ", and \(runs.count - 6) more" : "")
  return "? unknown: \(missing.count) cells of \(runs.count) runs are missing (\(shown))\n"
}
