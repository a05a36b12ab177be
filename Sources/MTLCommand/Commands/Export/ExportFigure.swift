import ArgumentParser
import Experiments
import TaskAffinity

extension FigureOrder: ExpressibleByArgument {}

extension ExportCommand {
  struct Figure: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "figure", abstract: "Draw heat maps, transfer graphs, learning curves and seeds.",
      discussion: """
        Figures are as wide as a column of a two-column paper (3.4 inches) where they fit, with text of 8 points, and can be
        read without colours. PDF needs rsvg-convert (Debian's librsvg2-bin); tikz writes figures for LaTeX.

        Example:
          mtl export figure out/quickstart --out figures --format svg,pdf
        """)

    @OptionGroup var options: ExportCommand.Options
    @OptionGroup var intervals: AnalysisOptions

    @Option(help: ArgumentHelp("svg, pdf, tikz, or several separated by commas.", valueName: "formats"))
    var format = "svg"

    @Option(help: "Rows and columns of heat maps: clustered (like ones beside each other) or given.")
    var order = FigureOrder.clustered

    func validate() throws { _ = try formats() }

    private func formats() throws -> [FigureFormat] {
      try format.split(separator: ",").map { name in
        guard let format = FigureFormat(rawValue: String(name)) else {
          throw ValidationError(
            "--format knows \(FigureFormat.allCases.map(\.rawValue).joined(separator: ", ")), not \(name)")
        }
        return format
      }
    }

    func run() throws {
      var figures = FigureOptions()
      figures.formats = try formats()
      figures.order = order
      figures.metric = intervals.metric
      figures.bootstrap = BootstrapSettings(draws: intervals.draws)
      try options.export { try $0.writeFigures(to: $1, options: figures) }
    }
  }
}
