import ArgumentParser
import Foundation
import MTL

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Score the base, or a run's adapter, on tasks.",
    discussion: """
      Prints the mean loss of the held-out answers (nats a token) and the tasks' metrics.

      Example:
        mtl eval --base smollm2-135m --run run.h5 --tasks tasks/quickstart
      """)

  @OptionGroup var base: BaseOptions

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("A run file or PEFT directory; the base alone without it.", valueName: "path"))
  var runFile: String?

  @Option(parsing: .upToNextOption, help: ArgumentHelp("Task manifests or folders of them.", valueName: "path"))
  var tasks: [String]

  @Option(help: ArgumentHelp("Score at most n examples of each task.", valueName: "n"))
  var examplesPerTask: Int?

  @Option(help: "Tokens of an example; prompts are cut from the left.")
  var maxLength = 512

  @OptionGroup var workers: WorkerOptions

  @Flag(help: "Print a JSON object for every task.")
  var json = false

  func validate() throws {
    if let examplesPerTask, examplesPerTask < 1 { throw ValidationError("--examples-per-task must be at least 1") }
    if maxLength < 2 { throw ValidationError("--max-length must be at least 2") }
  }

  func run() throws {
    struct Report: Encodable {
      var task: String
      var category: String
      var examples: Int
      var loss: Double
      var metrics: [String: Double]
    }
    let tasks = try TaskCatalogue.load(tasks)
    let base = try base.load(chat: true)
    let adapter = try runFile.map { try Adapter.load(path: $0, configuration: base.model.configuration) }
    let evaluator = TaskEvaluator(model: base.model, adapter: adapter, format: base.format, pool: workers.pool())
    for task in tasks {
      let set = try EvaluationSet(
        task: task, limit: examplesPerTask, seed: 0, format: base.format,
        maxLength: min(maxLength, base.model.maximumLength))
      let result = try evaluator.evaluate(set)
      let report = Report(
        task: task.name, category: task.category, examples: set.examples.count, loss: result.loss,
        metrics: Dictionary(uniqueKeysWithValues: result.metrics.map { ($0.name, $0.score) }))
      if json {
        printLine(try jsonLine(report))
      } else {
        let metrics = result.metrics.map { String(format: "%@ %.3f", $0.name, $0.score) }.joined(separator: "  ")
        let name = task.name.padding(toLength: max(18, task.name.count), withPad: " ", startingAt: 0)
        printLine(String(format: "%@ %@  loss %.4f  %@", name, task.category, report.loss, metrics))
      }
    }
  }
}
