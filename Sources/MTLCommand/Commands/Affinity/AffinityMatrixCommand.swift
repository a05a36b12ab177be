import ArgumentParser
import Experiments
import Foundation
import TaskAffinity

extension AffinityKind: ExpressibleByArgument {}
extension Baseline: ExpressibleByArgument {}
extension Correction: ExpressibleByArgument {}

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
        mtl affinity matrix out/seeds --tasks --test holm --agreement
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

  @Option(
    help: """
      Also exact sign-flip tests over seeds of every cell, adjusted for their number: holm or max-t for cells that are \
      claimed, bh for a map, or none.
      """)
  var test: Correction?

  @Flag(help: "Also how alike the affinity matrices are: Spearman's correlation with Mantel's test.")
  var agreement = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    struct Report: Encodable {
      var transfer: TransferMatrix
      var affinity: [AffinityMatrix]
      var transferTests: CellTests?
      var affinityTests: [CellTests?]?
      var agreement: [MatrixAgreement]?
    }
    let analysis = try options.analysis(try choice.scores())
    let transfer = analysis.transferMatrix(.tasks)
    let level: MatrixLevel = tasks ? .tasks : .categories
    let affinity = try (kinds.isEmpty ? [.zeroShot, .pairwise, .leaveOneOut] : kinds).map {
      try analysis.affinityMatrix($0, level: level)
    }
    let transferTests = try test.map { try transfer.tests(over, $0, relative: !absolute) }
    let affinityTests = try test.map { test in
      // A matrix of which nothing is known has nothing to be tested.
      try affinity.map { $0.cells.joined().contains { $0 != nil } ? try $0.tests(test, relative: !absolute) : nil }
    }
    let agreements = agreement ? TaskAffinity.agreement(of: affinity) : nil
    if json {
      printLine(
        try jsonText(
          Report(
            transfer: transfer, affinity: affinity, transferTests: transferTests, affinityTests: affinityTests,
            agreement: agreements)))
      return
    }
    let style = MatrixStyle(relative: !absolute, digits: absolute ? 3 : 1, colours: outputHasColours)
    printLine(transfer.scoreText())
    printLine(transfer.text(over, style: style))
    if let transferTests { printLine(transferTests.text()) }
    for (place, matrix) in affinity.enumerated() {
      printLine(matrix.text(style: style))
      if let tests = affinityTests?[place] { printLine(tests.text()) }
    }
    for line in agreements ?? [] { printLine(line.description) }
    if agreements?.isEmpty == true {
      printLine("agreement: it needs two square matrices that vary; give --kind several times, perhaps with --tasks")
    }
  }
}
