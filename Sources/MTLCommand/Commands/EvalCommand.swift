import ArgumentParser
import Foundation
import MTL

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Score the base, or a run's adapter, on tasks.",
    discussion: """
      Prints the mean loss of the held-out answers (nats a token), the tasks' metrics, and the share of generated \
      answers that the tasks' rules could not read (unparsed), which are wrong for every metric.

      Example:
        mtl eval --base smollm2-135m --run run.h5 --tasks tasks/quickstart
      """)

  @OptionGroup var base: BaseOptions

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("A run file or PEFT directory; the base alone without it.", valueName: "path"))
  var runFile: String?

  @Option(parsing: .upToNextOption, help: ArgumentHelp("Task manifests or folders of them.", valueName: "path"))
  var tasks: [String] = []

  @OptionGroup var data: DataOptions

  @Option(help: ArgumentHelp("Score at most n examples of each task.", valueName: "n"))
  var examplesPerTask: Int?

  @Option(help: "Tokens of an example; prompts are cut from the left.")
  var maxLength = 512

  @OptionGroup var workers: WorkerOptions

  @Flag(help: "Print a JSON object for every task.")
  var json = false

  func validate() throws {
    if tasks.isEmpty, data.sources.plugin.isEmpty { throw ValidationError("give --tasks or a --plugin") }
    if let examplesPerTask, examplesPerTask < 1 { throw ValidationError("--examples-per-task must be at least 1") }
    if maxLength < 2 { throw ValidationError("--max-length must be at least 2") }
  }

  func run() throws {
    let tasks = try data.load(tasks)
    let base = try base.load(chat: true)
    let adapter = try runFile.map { try Adapter.load(path: $0, configuration: base.model.configuration) }
    let evaluator = TaskEvaluator(model: base.model, adapter: adapter, format: base.format, pool: workers.pool())
    for task in tasks {
      let set = try EvaluationSet(
        task: task, limit: examplesPerTask, seed: 0, format: base.format,
        maxLength: min(maxLength, base.model.maximumLength))
      let result = try evaluator.evaluate(set)
      printLine(json ? try jsonLine(Report(result)) : Self.text(result, isGenerated: task.outputType == .generateUntil))
    }
  }

  struct Report: Encodable {
    var task: String
    var category: String
    var examples: Int
    var loss: Double
    var metrics: [String: Double]
    /// Of metrics that have scores for classes, types or arguments.
    var details: [String: [String: Double]]
    var unparsed: Int
    var unparsedShare: Double

    init(_ result: TaskEvaluation) {
      task = result.task
      category = result.category
      examples = result.exampleIDs.count
      loss = result.loss
      metrics = Dictionary(uniqueKeysWithValues: result.metrics.map { ($0.name, $0.score) })
      let detailed = result.metrics.filter { !$0.details.isEmpty }
      details = Dictionary(
        uniqueKeysWithValues: detailed.map { metric in
          (metric.name, Dictionary(metric.details.map { ($0.name, $0.score) }) { first, _ in first })
        })
      unparsed = result.unparsed
      unparsedShare = result.unparsedShare
    }
  }

  private static func text(_ result: TaskEvaluation, isGenerated: Bool) -> String {
    let metrics = result.metrics.map { metric in
      let details = metric.details.map { String(format: "%@ %.3f", $0.name, $0.score) }.joined(separator: ", ")
      return String(format: "%@ %.3f", metric.name, metric.score) + (details.isEmpty ? "" : " (\(details))")
    }
    let unparsed = isGenerated ? [String(format: "unparsed %.1f%%", 100 * result.unparsedShare)] : []
    let name = result.task.padding(toLength: max(18, result.task.count), withPad: " ", startingAt: 0)
    let loss = String(format: "loss %.4f", result.loss)
    return (["\(name) \(result.category)", loss] + metrics + unparsed).joined(separator: "  ")
  }
}
