import ArgumentParser
import Experiments
import Foundation
import TaskAffinity

struct AffinityCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Judge estimates by the trained subsets of a finished sweep.",
    discussion: """
      On subsets of two or more units that no estimate was fitted on. What the truth itself supports (the noise ceiling) \
      comes first; it needs two seeds or more, of this sweep or of another one of the folder.

      Example:
        mtl affinity compare out/affinity-benchmark --sweep affinity-benchmark --ceiling affinity-benchmark-seeds
        mtl affinity compare out/quickstart --groups 2 --scatter scatter.csv
      """)

  @OptionGroup var choice: SweepChoice
  @OptionGroup var options: AnalysisOptions

  @Option(help: ArgumentHelp("A sweep of the folder with more seeds, for the noise ceiling.", valueName: "name"))
  var ceiling: String?

  @Option(help: ArgumentHelp("Also the regret of dividing the units into so many groups.", valueName: "n"))
  var groups: Int?

  @Option(help: ArgumentHelp("Write every estimate beside its truth as CSV.", valueName: "file"))
  var scatter: String?

  @Option(
    help: ArgumentHelp("Draw the calibrated estimates of the three best beside their truth.", valueName: "file.svg"))
  var figure: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    if let metric = options.metric {
      throw ValidationError("--metric \(metric): estimates are of the held-out loss, and are compared with that")
    }
    let (plan, point) = try choice.plan()
    let estimates = try choice.store.estimates(plan, point: point)
    let truth = try options.analysis(try choice.scores()).transferMatrix(.tasks)
    let anchors = Set(estimates.anchors + estimates.estimates.flatMap { $0.anchors + ($0.free ?? []) })
    var comparison = try compare(
      estimates.estimates.map(\.best), truth: truth, layout: estimates.layout, anchors: anchors, groups: groups)
    if let ceiling {
      let other = try options.analysis(try choice.store.scores(point: choice.point, sweep: ceiling))
      comparison = try comparison.with(
        ceiling: EstimatorComparison.ceiling(
          of: other.transferMatrix(.tasks), layout: estimates.layout, anchors: anchors,
          truthSeeds: Set(plan.runs.compactMap(\.seed)).count))
    }
    if let scatter {
      try TidyTable.scatter(comparison).csv().write(toFile: scatter, atomically: true, encoding: .utf8)
    }
    if let figure {
      let drawing = comparison.scatterFigure(best: 3).drawing()
      try drawing.svg().write(toFile: figure, atomically: true, encoding: .utf8)
    }
    if json {
      printLine(try jsonText(comparison))
      return
    }
    let runs = Dictionary(uniqueKeysWithValues: estimates.estimates.map { ($0.method.rawValue, $0.costInRuns) })
    printLine(
      "\(estimates.anchors.count) anchors; \(plan.runs.count - 1) runs are the truth; positive skill beats each target's "
        + "mean over the anchors\n")
    printLine(comparison.text(costInRuns: runs))
  }
}
