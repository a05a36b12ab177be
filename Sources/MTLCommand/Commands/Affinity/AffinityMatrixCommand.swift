import ArgumentParser
import Experiments
import Foundation
import TaskAffinity

extension AffinityKind: ExpressibleByArgument {}
extension Baseline: ExpressibleByArgument {}

struct AffinityMatrixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matrix",
    abstract: "Print the transfer and affinity matrices of a sweep with 95% bootstrap intervals.",
    discussion: """
      Works from the run files alone: no model is loaded. Positive means that training helped. A run that is missing \
      leaves a ?, never a zero.

      Example:
        mtl affinity matrix out/quickstart
        mtl affinity matrix out/quickstart --metric acc --json
        mtl affinity matrix out/quickstart --kind higher-order --kind surrogate --over single --absolute
      """)

  @OptionGroup var choice: SweepChoice
  @OptionGroup var options: AnalysisOptions

  @Option(
    name: .customLong("kind"),
    help: ArgumentHelp(
      "A definition of affinity; may be given several times. (default: zero-shot, pairwise, leave-one-out)",
      valueName: "kind"))
  var kinds: [AffinityKind] = []

  @Option(help: "What the gains of subsets are measured from.")
  var over: Baseline = .base

  @Flag(help: "Rows and columns of affinities are tasks, not categories.")
  var tasks = false

  @Flag(help: "Differences in the score's own unit, not per cent of the baseline.")
  var absolute = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    struct Report: Encodable {
      var transfer: TransferMatrix
      var affinity: [AffinityMatrix]
    }
    let analysis = try options.analysis(try choice.scores())
    let transfer = analysis.transferMatrix(.tasks)
    let level: MatrixLevel = tasks ? .tasks : .categories
    let affinity = try (kinds.isEmpty ? [.zeroShot, .pairwise, .leaveOneOut] : kinds).map {
      try analysis.affinityMatrix($0, level: level)
    }
    if json {
      printLine(try jsonText(Report(transfer: transfer, affinity: affinity)))
      return
    }
    let style = MatrixStyle(relative: !absolute, digits: absolute ? 3 : 1, colours: outputHasColours)
    printLine(transfer.scoreText())
    printLine(transfer.text(over, style: style))
    for matrix in affinity { printLine(matrix.text(style: style)) }
  }
}
