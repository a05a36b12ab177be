import Foundation
import MTL
import TaskAffinity

extension SweepResults {
  /// Writes tables and figures for LaTeX, each in a file of its own, and `sweep.tex`, a document of all of them that
  /// compiles as it is; returns their paths.
  ///
  /// - Throws: `AffinityError` for a metric that no task has; `FormatError.unwritable`.
  public func writeLaTeX(
    to folder: String, metric: String? = nil, bootstrap: BootstrapSettings = .init()
  ) throws -> [String] {
    try makeFolder(folder)
    let matrices = try PaperMatrices(self, metric: metric, bootstrap: bootstrap)
    let status = unfinishedNote
    var floats = (matrices.transfer + matrices.scores + matrices.affinity).map { $0.latexTable(status: status) }
    floats += [settingsTable(), dataTable(), runsTable()].compactMap { $0?.float(status: status) }
    floats += (matrices.transfer + matrices.affinity).map { $0.clustered().latexHeatMap(status: status) }
    floats += matrices.affinity.filter { $0.isSquare && $0.rows.count > 1 }.map { matrix in
      LaTeXFloat(
        name: matrix.name.replacing("affinity-", with: "graph-"), environment: "figure",
        caption: latexCaption(matrix.caption + " An arrow leads from what was trained on to what changed.", status),
        parts: [TransferGraph(matrix).drawing().tikz()])
    }
    if let curves = learningCurves() {
      floats.append(
        LaTeXFloat(
          name: "learning-curves", environment: "figure", caption: latexCaption("Training loss by step.", status),
          parts: [curves.tikz()]))
    }
    let comment = provenanceComment()
    var paths: [String] = []
    for float in floats {
      paths.append("\(folder)/\(float.name).tex")
      try writeText(float.text(comment: comment), to: "\(folder)/\(float.name).tex")
    }
    paths.append(folder + "/sweep.tex")
    try writeText(document(floats.map(\.name), comment: comment), to: folder + "/sweep.tex")
    return paths
  }

  /// Where the numbers come from: the sweep, its specification's digest, estimand, completeness and runs.
  func provenanceComment() -> String {
    var lines = [
      "Written by mtl export latex. Sweep: \(plan.name)" + (pointLabel.isEmpty ? "" : ", point \(pointLabel)"),
      "Specification SHA-256: \(specificationDigest)",
      "Estimand: \(table.estimand.rawValue) (\(table.estimand.title))", completeness,
      "Runs (id, what it is trained on, seed, state):",
    ]
    lines += runs.map { run in
      "  \(run.planned.id) \(run.planned.subset) \(run.planned.seed.map(String.init) ?? "-") \(run.state)"
    }
    return lines.map(commentLine).joined()
  }

  private func latexCaption(_ text: String, _ status: String?) -> String {
    (status.map { "\\textbf{\(escapedLaTeX($0)).} " } ?? "") + escapedLaTeX(text)
  }

  private func document(_ names: [String], comment: String) -> String {
    var text = comment
    text += """
      \\documentclass[10pt]{article}
      \\usepackage[utf8]{inputenc}
      \\IfFileExists{lmodern.sty}{\\usepackage[T1]{fontenc}\\usepackage{lmodern}}{}
      \\usepackage[margin=1in]{geometry}
      \\usepackage{array,booktabs,tikz}
      \\extrafloats{500}
      \\begin{document}
      \\begin{center}
      {\\Large \(escapedLaTeX(plan.name))\\par}
      \\medskip

      """
    let label = pointLabel.isEmpty ? "" : escapedLaTeX(pointLabel) + " --- "
    let state = escapedLaTeX(completeness)
    text += "\(label)\(gaps.isEmpty ? state : "\\textbf{\(state)}")\\par\n"
    text += "{\\footnotesize\\ttfamily specification SHA{-}256 \(specificationDigest)\\par}\n\\end{center}\n"
    for name in names { text += "\\input{\(name)}\n" }
    return text + "\\end{document}\n"
  }

  private func settingsTable() -> LaTeXPlainTable? {
    settingsRows().map { rows in
      LaTeXPlainTable(
        name: "hyper-parameters", caption: "Settings of all runs. Estimand: \(table.estimand.title).",
        header: ["setting", "value"], alignment: "lp{250bp}", rows: rows)
    }
  }

  private func dataTable() -> LaTeXPlainTable {
    let base = runs.first { $0.planned.subset.isBase }
    let rows = plan.tasks.map { task -> [String] in
      let known = runs.lazy.compactMap { run in run.evaluation.first { $0.task == task.name } }.first
      let metrics = (table.metrics[task.name] ?? []).map(\.name).joined(separator: ", ")
      guard let known else { return [task.name, task.category, metrics, "—", "—", "—", "—"] }
      let tokens = known.tokens.reduce(0, +)
      let count = known.exampleIDs.count
      let loss = base?.evaluation.first { $0.task == task.name }?.score("loss")
      return [
        task.name, task.category, metrics, "\(count)", "\(Set(known.clusters).count)",
        count > 0 ? signedText(Double(tokens) / Double(count), decimals: 1, signed: false) : "—",
        loss.map { signedText($0, decimals: 3, signed: false) } ?? "—",
      ]
    }
    return LaTeXPlainTable(
      name: "data",
      caption:
        "Test data: examples, clusters (the units of resampling), mean answer length in tokens, and the base's loss "
        + "in nats per answer token." + (rows.joined().contains("—") ? " —: nothing has been scored." : ""),
      header: ["task", "category", "metrics", "examples", "clusters", "tokens", "base's loss"], alignment: "lllrrrr",
      rows: rows)
  }

  private func runsTable() -> LaTeXPlainTable {
    var subsets: [Subset] = []
    for run in runs where !run.planned.subset.isBase && !subsets.contains(run.planned.subset) {
      subsets.append(run.planned.subset)
    }
    let rows = subsets.map { subset -> [String] in
      let all = runs.filter { $0.planned.subset == subset }
      let done = all.filter { $0.state == "finished" }
      func mean(_ value: (Run) -> Double, _ decimals: Int) -> String {
        if done.isEmpty { return "—" }
        return signedText(done.reduce(0) { $0 + value($1) } / Double(done.count), decimals: decimals, signed: false)
      }
      return [
        labels.label(subset), "\(done.count) of \(all.count)", mean({ Double($0.history.count) }, 0),
        mean({ Double($0.history.reduce(0) { $0 + $1.tokens }) }, 0),
        mean({ Double($0.history.reduce(0) { $0 + $1.labelTokens }) }, 0),
        mean({ $0.history.reduce(0) { $0 + $1.seconds } / 60 }, 1),
      ]
    }
    return LaTeXPlainTable(
      name: "runs",
      caption: "Training, mean over the finished seeds: steps, tokens, answer tokens among them, and minutes.",
      header: ["trained on", "seeds", "steps", "tokens", "answer tokens", "minutes"], alignment: "p{120bp}lrrrr",
      rows: rows)
  }
}

extension DisplayMatrix {
  /// The heat map as TikZ, in parts that a page holds.
  fileprivate func latexHeatMap(status: String?) -> LaTeXFloat {
    var text = escapedLaTeX(caption)
    if let status { text = "\\textbf{\(escapedLaTeX(status)).} " + text }
    let parts = rowBlocks(26).map { block in
      let drawing = HeatMap(reordered(rows: Array(block), columns: Array(columns.indices)), partOf: self).drawing()
      // What is wider than the text of an article is made smaller.
      return drawing.width > 460 ? "\\resizebox{\\textwidth}{!}{%\n\(drawing.tikz())}\n" : drawing.tikz()
    }
    return LaTeXFloat(
      name: name.replacing("transfer-", with: "heatmap-transfer-").replacing("affinity-", with: "heatmap-affinity-"),
      environment: "figure", caption: text, parts: parts)
  }
}
