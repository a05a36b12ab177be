import ArgumentParser
import Experiments
import TaskAffinity

extension ExportCommand {
  struct LaTeX: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "latex", abstract: "Write tables (booktabs) and figures (TikZ) for LaTeX.",
      discussion: """
        Writes a file for each table and figure, whose comment says which runs it comes from, and sweep.tex, a document of
        all of them for pdflatex. Numbers have as many decimals as the half width of their interval has with two significant
        digits.

        Example:
          mtl export latex out/quickstart --out paper && cd paper && pdflatex sweep
        """)

    @OptionGroup var options: ExportCommand.Options
    @OptionGroup var intervals: AnalysisOptions

    func run() throws {
      try options.export {
        try $0.writeLaTeX(to: $1, metric: intervals.metric, bootstrap: BootstrapSettings(draws: intervals.draws))
      }
    }
  }
}
