/// A float of a LaTeX document, in a file of its own.
struct LaTeXFloat {
  /// The file's name without its ending.
  var name: String
  /// The environment: `table` or `figure`.
  var environment: String
  /// The caption, escaped.
  var caption: String
  /// What is between: each part is a float, the later ones are marked as continued.
  var parts: [String]

  /// The file's text: comments, then floats.
  func text(comment: String) -> String {
    let prefix = environment == "table" ? "tab" : "fig"
    var text = comment
    for (index, part) in parts.enumerated() {
      let number = parts.count > 1 ? " (Part \(index + 1) of \(parts.count).)" : ""
      let isContinued = index > 0
      text += "\\begin{\(environment)}[htbp]\n\\centering\n"
      if isContinued { text += "\\addtocounter{\(environment)}{-1}%\n" }
      let heading = "\\caption{\(isContinued ? "Continued." : caption)\(number)}\n"
      let label = isContinued ? "" : "\\label{\(prefix):\(name)}\n"
      // Classes leave their space below captions, where figures have them.
      let gap = "\\vspace{0.6\\abovecaptionskip}\n"
      text += environment == "table" ? heading + label + gap + part : part + heading + label
      text += "\\end{\(environment)}\n"
    }
    return text
  }
}

extension DisplayMatrix {
  /// The width in points that tables may have: the text of an article with margins of an inch.
  private static let tableWidth = 468.0
  private static let mostRows = 22

  /// The matrix as booktabs tables, divided where a page is too small for it: estimates above their intervals, the best
  /// of each column bold, an asterisk where the interval excludes zero.
  func latexTable(status: String?) -> LaTeXFloat {
    var notes = [caption]
    let isBestShown = best.contains { !$0.isEmpty }
    if isBestShown { notes.append("Bold: best of the column.") }
    if isGain { notes.append("*: the interval excludes zero.") }
    if let adjustment { notes.append("†: \(adjustment).") }
    if known.contains(where: \.isPartial) { notes.append("‡: not all seeds are finished.") }
    if let gapCaption { notes.append(gapCaption) }
    var text = notes.map(escapedLaTeX).joined(separator: " ")
    if let status { text = "\\textbf{\(escapedLaTeX(status)).} " + text }
    return LaTeXFloat(
      name: name, environment: "table", caption: text,
      parts: rowBlocks(Self.mostRows).flatMap { rows in
        columnBlocks().map { columns in latexBlock(rows: rows, columns: columns) }
      })
  }

  /// Rows in parts of about equal size.
  func rowBlocks(_ most: Int) -> [Range<Int>] { Self.blocks(rows.count, most: most) }

  private static func blocks(_ count: Int, most: Int) -> [Range<Int>] {
    let parts = max((count + most - 1) / most, 1)
    return (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
  }

  private func columnBlocks() -> [Range<Int>] {
    // LaTeX's own fonts are a little narrower than Helvetica.
    let label = min(rows.map { textWidth($0) }.max() ?? 0, 120) * 0.97
    let cells = known.compactMap { cell in cell.intervalText(signed: isGain).map { textWidth($0, size: 7) } }
    let names = columns.flatMap { inTwoLines($0).map { textWidth($0) } }
    let width = max(cells.max() ?? 0, names.max() ?? 0) * 0.95 + 6
    return Self.blocks(columns.count, most: max(Int((Self.tableWidth - label) / width), 1))
  }

  private func latexBlock(rows part: Range<Int>, columns shown: Range<Int>) -> String {
    let isLong = (rows.map { textWidth($0) }.max() ?? 0) > 120
    let first = isLong ? ">{\\raggedright\\arraybackslash}p{120bp}" : "l"
    var text =
      "\\footnotesize\\setlength{\\tabcolsep}{3pt}%\n\\begin{tabular}{@{}\(first)*{\(shown.count)}{c}@{}}\n\\toprule\n"
    let names = shown.map { column -> String in
      let lines = inTwoLines(columns[column]).map(escapedLaTeX)
      return lines.count > 1 ? "\\shortstack{\(lines.joined(separator: "\\\\"))}" : lines.joined()
    }
    text += "trained on & " + names.joined(separator: " & ") + " \\\\\n"
    if columnNotes.contains(where: { !$0.isEmpty }) {
      text += " & " + shown.map { "\\scriptsize \(escapedLaTeX(columnNotes[$0]))" }.joined(separator: " & ") + " \\\\\n"
    }
    text += "\\midrule\n"
    let best = best
    for row in part {
      let cells = shown.map { latex(entries[row][$0], isBest: best[$0].contains(row)) }
      let name = escapedLaTeX(rows[row]).replacing("+", with: "+\\allowbreak{}")
      text += "\(name) & " + cells.joined(separator: " & ") + " \\\\\n"
      let intervals = shown.map { entries[row][$0].cell?.intervalText(signed: isGain).map(Self.math) ?? "" }
      if intervals.contains(where: { !$0.isEmpty }) {
        text += " & " + intervals.map { $0.isEmpty ? "" : "\\scriptsize $\($0)$" }.joined(separator: " & ") + " \\\\\n"
      }
      // The base is what the others are compared with.
      text += row == part.upperBound - 1 ? "" : !isGain && row == 0 ? "\\midrule\n" : "\\addlinespace[1.5pt]\n"
    }
    return text + "\\bottomrule\n\\end{tabular}\n"
  }

  private func latex(_ entry: DisplayEntry, isBest: Bool) -> String {
    switch entry {
    case .missing: return "---"
    case .undefined: return ""
    case .known(let cell):
      let number = Self.math(signedText(cell.value, decimals: cell.decimals(.table), signed: isGain))
      var marks = isGain && cell.excludesZero ? "*" : ""
      if cell.isAdjustedSignificant { marks += "\\dag" }
      if cell.isPartial { marks += "\\ddag" }
      return "$" + (isBest ? "\\mathbf{\(number)}" : number) + "$" + (marks.isEmpty ? "" : "\\rlap{$^{\(marks)}$}")
    }
  }

  /// Signs of numbers close up to them in braces.
  private static func math(_ text: String) -> String {
    text.replacing("−", with: "{-}").replacing("+", with: "{+}").replacing(", ", with: ",\\,")
  }
}
