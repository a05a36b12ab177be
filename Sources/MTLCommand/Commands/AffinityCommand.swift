import ArgumentParser
import Experiments
import Foundation
import TaskAffinity

struct AffinityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "affinity", abstract: "How training on one category changes another.", subcommands: [Matrix.self])

  struct Matrix: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the transfer and affinity matrices of a sweep with 95% bootstrap intervals.",
      discussion: """
        Works from the run files alone: no model is loaded. Positive means that training helped.

        Example:
          mtl affinity matrix out/quickstart
          mtl affinity matrix out/quickstart --metric acc --json
        """)

    @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "folder"))
    var folder: String

    @Option(help: "A metric instead of the held-out loss: acc, set_f1, rougeL, ...")
    var metric: String?

    @Option(help: ArgumentHelp("Bootstrap draws.", valueName: "n"))
    var draws = 5000

    @Option(help: ArgumentHelp("A point of the sweep's grid, such as lora.rank=8.", valueName: "point"))
    var point: String?

    @Flag(help: "Rows and columns are tasks, not categories.")
    var tasks = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
      if draws < 100 { throw ValidationError("--draws must be at least 100") }
    }

    func run() throws {
      struct Report: Encodable {
        var transfer: TransferMatrix
        var affinity: [AffinityMatrix]
      }
      let table = try SweepFolder(folder).scores(point: point)
      let analysis = try AffinityAnalysis(
        table, quantity: metric.map(Quantity.metric) ?? .loss, bootstrap: BootstrapSettings(draws: draws))
      let transfer = analysis.transferMatrix(.tasks)
      let level: MatrixLevel = tasks ? .tasks : .categories
      let affinity = try [AffinityKind.zeroShot, .pairwise, .leaveOneOut].map {
        try analysis.affinityMatrix($0, level: level)
      }
      if json {
        printLine(try jsonText(Report(transfer: transfer, affinity: affinity)))
        return
      }
      let style = MatrixStyle(colours: isatty(FileHandle.standardOutput.fileDescriptor) == 1)
      printLine(transfer.scoreText())
      printLine(transfer.text(.base, style: style))
      for matrix in affinity { printLine(matrix.text(style: style)) }
    }
  }
}
