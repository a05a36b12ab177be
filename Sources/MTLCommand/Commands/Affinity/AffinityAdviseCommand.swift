import ArgumentParser
import Experiments
import Foundation
import TaskAffinity

struct AffinityAdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Say what to add to the training of a task or category.",
    discussion: """
      From the runs of the folder: each unit whose pair with the target was trained, what adding it gains, how sure that \
      is, and the best trained subset. What was not trained is said from estimates, where `mtl affinity estimate` has \
      made them.

      Example:
        mtl affinity advise out/quickstart --target QA
      """)

  @OptionGroup var choice: SweepChoice
  @OptionGroup var options: AnalysisOptions

  @Option(help: ArgumentHelp("A task or a category.", valueName: "name"))
  var target: String

  @Flag(help: "Differences in the score's own unit, not per cent of the baseline.")
  var absolute = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let advice: Recommendations
    let analysis = try options.analysis(try choice.scores())
    do { advice = try analysis.recommendations(for: target) } catch AffinityError.unknownTask {
      let names = analysis.table.tasks.map(\.name) + analysis.table.categories
      throw ValidationError("--target \(target): the sweep has \(names.joined(separator: ", "))")
    }
    let (plan, point) = try choice.plan()
    let estimated =
      options.metric == nil
      ? (try? choice.store.estimates(plan, point: point))?.gains(target: target, over: advice.unknown) : nil
    if json {
      struct Report: Encodable {
        var trained: Recommendations
        var estimated: [AffinityEstimates.PairGain]?
      }
      printLine(try jsonText(Report(trained: advice, estimated: estimated)))
      return
    }
    let style = MatrixStyle(relative: !absolute, digits: absolute ? 3 : 1, colours: outputHasColours)
    printLine(advice.text(style: style))
    for gain in estimated ?? [] { printLine(gain.description) }
  }
}
