extension Recommendations {
  /// A line a unit with gain, interval and how sure its sign is, then the best trained subset.
  public func text(style: MatrixStyle = MatrixStyle()) -> String {
    let scale = style.relative ? 100.0 : 1
    func shown(_ gain: Gain, star: Bool) -> TextTable.Cell {
      guard let estimate = style.relative ? gain.relative : gain.absolute else {
        return TextTable.Cell("?", tone: .faint)
      }
      let text = estimate.text(scale: scale, digits: style.digits, signed: true, star: star)
      return TextTable.Cell(text, tone: estimate.tone)
    }
    var table = TextTable(header: [
      "add to \(target)", style.relative ? "gain, per cent" : "gain", "sure it helps", "verdict",
    ])
    for unit in units {
      let sure = unit.gain.absolute.positiveShare.map { decimal(100 * $0, 0) + "%" } ?? "?"
      table.rows.append([
        TextTable.Cell(unit.unit), shown(unit.gain, star: true), TextTable.Cell(sure),
        TextTable.Cell(unit.verdict.rawValue),
      ])
    }
    var text = table.render(colours: style.colours)
    if let best, let bestGain {
      text +=
        "best trained subset: \(best), gain \(shown(bestGain, star: false).text) (chosen among many, so optimistic)\n"
    }
    if !unknown.isEmpty { text += "? not trained together with \(target): \(unknown.joined(separator: ", "))\n" }
    return text
  }
}
