/// A table of texts: what rows say is escaped here.
struct LaTeXPlainTable {
  var name: String
  /// A sentence or more.
  var caption: String
  var header: [String]
  /// As many letters as columns: `l`, `r`.
  var alignment: String
  var rows: [[String]]

  /// Floats of at most forty rows.
  func float(status: String?) -> LaTeXFloat {
    var text = escapedLaTeX(caption)
    if let status { text = "\\textbf{\(escapedLaTeX(status)).} " + text }
    let starts = Array(stride(from: 0, to: max(rows.count, 1), by: 40))
    return LaTeXFloat(
      name: name, environment: "table", caption: text,
      parts: starts.map { start in
        var part = "\\footnotesize\\setlength{\\tabcolsep}{4pt}%\n\\begin{tabular}{@{}\(alignment)@{}}\n\\toprule\n"
        part += header.map(escapedLaTeX).joined(separator: " & ") + " \\\\\n\\midrule\n"
        for row in rows[start..<min(start + 40, rows.count)] {
          part +=
            row.map { escapedLaTeX($0).replacing("+", with: "+\\allowbreak{}") }.joined(separator: " & ") + " \\\\\n"
        }
        return part + "\\bottomrule\n\\end{tabular}\n"
      })
  }
}
