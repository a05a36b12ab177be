import ArgumentParser
import Experiments
import Foundation

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a sweep's results for papers and other programs.",
    discussion: """
      Works from the run files alone: no model is loaded. Runs that are missing stay visible gaps.

      Example:
        mtl export csv out/quickstart --out exported
      """,
    subcommands: [
      CSV.self, JSON.self, Figure.self, LaTeX.self, Notebook.self, ExportHTML.self, ExportPEFT.self,
      ExportGGUFLoRA.self, ExportMerged.self, ExportBundle.self,
    ])

  /// What every export needs.
  struct Options: ParsableArguments {
    @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "folder"))
    var folder: String

    @Option(help: ArgumentHelp("The folder to write to.", valueName: "folder"))
    var out: String

    @Option(help: ArgumentHelp("The point of a sweep with a grid, such as lora.rank=8.", valueName: "label"))
    var point: String?

    @Option(help: ArgumentHelp("A sweep of the folder by its name. (default: the latest)", valueName: "name"))
    var sweep: String?

    /// Reads the sweep, writes, and names what was written.
    func export(_ write: (SweepResults, String) throws -> [String]) throws {
      let results = try SweepResults(SweepFolder(folder), point: point, sweep: sweep)
      for path in try write(results, out) { printLine(path) }
      if !results.gaps.isEmpty {
        printNote("\(results.completeness); the export is marked as unfinished and its gaps are left open")
      }
    }
  }

  struct CSV: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "csv", abstract: "Write tidy CSV: a row per run, task and metric, and a row per example.",
      discussion: """
        Writes results.csv, examples.csv, history.csv and data-dictionary.md, which says what every column means.

        Example:
          mtl export csv out/quickstart --out exported
        """)

    @OptionGroup var options: Options

    func run() throws { try options.export { try $0.writeCSV(to: $1) } }
  }

  struct JSON: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "json", abstract: "Write the tidy tables as one JSON file.",
      discussion: """
        Writes sweep.json: the tables of `mtl export csv`, their data dictionary and the specification.

        Example:
          mtl export json out/quickstart --out exported
        """)

    @OptionGroup var options: Options

    func run() throws { try options.export { try $0.writeJSON(to: $1) } }
  }
}
