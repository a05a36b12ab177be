import Experiments
import Foundation
import Testing

@Suite struct LaTeXTests {
  @Test func nothingInATextIsACommand() {
    #expect(escapedLaTeX("a_b%&#${}") == "a\\_b\\%\\&\\#\\$\\{\\}")
    #expect(escapedLaTeX("~^\\") == "\\textasciitilde{}\\textasciicircum{}\\textbackslash{}")
    #expect(escapedLaTeX("\\input{x}") == "\\textbackslash{}input\\{x\\}")
    #expect(escapedLaTeX("--*[") == "{-}{-}{*}{[}", "no ligature, no argument of a line break")
    #expect(escapedLaTeX("e\u{301}β") == "é\\ensuremath{\\beta}")
    #expect(escapedLaTeX("漢\n\u{7}") == "{[}U+6F22{]}  ")
    #expect(commentLine("a\nb\u{2028}\rc") == "% a b  c\n", "a name does not end its comment")
  }

  @Test func everyFileSaysWhereItComesFrom() throws {
    try PaperFixture(isThere: { subset, _ in subset != ["IE"] }).use { folder in
      let results = try SweepResults(SweepFolder(folder))
      let paths = try results.writeLaTeX(to: folder + "/out")
      #expect(paths.count == 20)
      for path in paths {
        let lines = try text(path).split(separator: "\n").prefix { $0.hasPrefix("% ") }.joined(separator: "\n")
        #expect(lines.contains("Specification SHA-256: \(results.specificationDigest)"))
        #expect(lines.contains("Estimand: equal-exposure"))
        #expect(lines.contains("UNFINISHED: 13 of 15 runs are finished"))
        for run in results.runs { #expect(lines.contains("\(run.planned.id) \(run.planned.subset)")) }
      }
    }
  }

  @Test func tablesHaveIntervalsMarksGapsAndTheBestInBold() throws {
    try PaperFixture(isThere: { subset, _ in subset != ["IE"] }).use { folder in
      _ = try SweepResults(SweepFolder(folder)).writeLaTeX(to: folder + "/out")
      let table = try text(folder + "/out/transfer-loss.tex")
      #expect(table.contains("\\textbf{UNFINISHED: 13 of 15 runs are finished.} "))
      #expect(table.contains("\nIE & --- & --- & --- & --- \\\\\n"), "a gap, not a zero")
      #expect(table.contains("Estimand: equal exposure per task."))
      let bold = table.components(separatedBy: "\\mathbf{").count - 1
      #expect(bold == 4, "one a column")
      #expect(table.contains("\\rlap{$^{*}$}") && table.contains("\\toprule") && table.contains("\\scriptsize $[{+}"))
      let affinity = try text(folder + "/out/affinity-pairwise.tex")
      #expect(affinity.contains("QA &  & "), "a unit on itself is no gap")
    }
  }

  @Test func aWideTableIsDividedAndStaysOneTable() throws {
    let tasks = (0..<18).map { ("some-task-\($0)", ["QA", "IE", "GEN"][$0 % 3]) }
    try PaperFixture(tasks: tasks, seeds: [1]).use { folder in
      _ = try SweepResults(SweepFolder(folder)).writeLaTeX(to: folder + "/out")
      let table = try text(folder + "/out/transfer-loss.tex")
      let parts = table.components(separatedBy: "\\begin{tabular}").count - 1
      #expect(parts > 1)
      #expect(table.components(separatedBy: "\\addtocounter{table}{-1}").count == parts)
      #expect(table.components(separatedBy: "\\label{").count == 2)
      for task in tasks { #expect(table.contains(task.0.replacing("-", with: "{-}").suffix(6))) }
    }
  }

  @Test(arguments: [true, false]) func theDocumentCompilesWhateverNamesSay(isFinished: Bool) throws {
    guard let latex = optionalProgram("pdflatex", package: "texlive-latex-recommended and texlive-pictures") else {
      return
    }
    try PaperFixture(
      tasks: PaperFixture.hostileTasks, name: "100%_\\end{document}",
      isThere: { subset, _ in isFinished || subset.count < 2 }
    ).use { folder in
      _ = try SweepResults(SweepFolder(folder)).writeLaTeX(to: folder + "/out")
      let (status, log) = try runProgram(
        latex, ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "sweep"], in: folder + "/out")
      if log.contains("booktabs.sty' not found") || log.contains("tikz.sty' not found") {
        print("skipped: pdflatex lacks booktabs or TikZ (texlive-latex-recommended, texlive-pictures)")
        return
      }
      #expect(status == 0, "\(log.suffix(2000))")
      #expect(!log.contains("Overfull \\hbox"), "nothing stands out into the margin")
      #expect(FileManager.default.fileExists(atPath: folder + "/out/sweep.pdf"))
    }
  }
}
