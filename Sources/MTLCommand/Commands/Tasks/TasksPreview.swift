import ArgumentParser
import Foundation
import MTL

struct TasksPreview: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Show examples as the model sees them, and how long they are.",
    discussion: """
      Prompts are in the base's chat template; what the model learns to say is between « and ». Lengths are of a sample of \
      --sample examples.

      Example:
        mtl tasks preview tasks/quickstart --base smollm2-135m
      """)

  @OptionGroup var tasks: TaskPaths
  @OptionGroup var base: BaseOptions

  @Option(help: ArgumentHelp("Examples of each task to show.", valueName: "n"))
  var examples = 1

  @Option(help: "The split to show: train or test.")
  var split: TaskSplit = .train

  @Option(help: ArgumentHelp("Examples of each task to measure.", valueName: "n"))
  var sample = 200

  @Option(help: ArgumentHelp("Tokens that training cuts examples to.", valueName: "n"))
  var maxLength = 512

  @Option(help: "Of the sample.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  struct Report: Encodable {
    struct Example: Encodable {
      var id: String
      var prompt: String
      var answer: String
      var promptIDs: [Int32]
      var answerIDs: [Int32]
    }
    struct Bin: Encodable {
      var upTo: Int
      var count: Int
    }
    var task: String
    var examples: [Example]
    var measured: Int
    var longest: Int
    var truncated: Int
    var answersTooLong: Int
    var lengths: [Bin]
  }

  func validate() throws {
    if examples < 0 || sample < 1 || maxLength < 2 {
      throw ValidationError("--examples, --sample and --max-length must be positive")
    }
  }

  func run() throws {
    let format = try base.promptFormat()
    let reports = try tasks.load().compactMap { task -> Report? in
      if let streamed = task as? any StreamedTask, !streamed.has(split) {
        printNote("task \(task.name) has no \(split.rawValue) split")
        return nil
      }
      return try report(task, format)
    }
    printLine(json ? try jsonText(reports) : reports.map(Self.text).joined(separator: "\n\n"))
  }

  private func report(_ task: any InstructionTask, _ format: PromptFormat) throws -> Report {
    let sampled = try task.examples(split, limit: max(sample, examples), seed: seed)
    var report = Report(
      task: task.name, examples: [], measured: sampled.count, longest: 0, truncated: 0, answersTooLong: 0, lengths: [])
    var lengths: [Int] = []
    for example in sampled {
      let (prompt, answer) = try format.encode(prompt: example.prompt, answer: example.target)
      let sequence = TokenSequence(prompt: prompt, answer: answer)
      lengths.append(sequence.ids.count)
      if let cut = sequence.truncatedLeft(to: maxLength) {
        if cut.ids.count < sequence.ids.count { report.truncated += 1 }
      } else {
        report.answersTooLong += 1
      }
      if report.examples.count < examples {
        report.examples.append(
          .init(
            id: example.id, prompt: try format.tokenizer.decode(prompt, skipSpecial: false),
            answer: try format.tokenizer.decode(answer, skipSpecial: false), promptIDs: prompt, answerIDs: answer))
      }
    }
    report.longest = lengths.max() ?? 0
    var bound = 32
    while true {
      let count = lengths.count { $0 <= bound && (bound == 32 || $0 > bound / 2) }
      report.lengths.append(.init(upTo: bound, count: count))
      if bound >= report.longest { return report }
      bound *= 2
    }
  }

  private static func text(_ report: Report) -> String {
    var lines: [String] = []
    for example in report.examples {
      lines.append(
        "--- \(report.task), example \(example.id): \(example.promptIDs.count) + \(example.answerIDs.count) tokens")
      lines.append(example.prompt + "«" + example.answer + "»")
    }
    lines.append("--- \(report.task): tokens of \(report.measured) examples")
    let most = report.lengths.map(\.count).max() ?? 0
    lines.append(
      textTable(
        report.lengths.map { bin in
          [
            "up to \(bin.upTo)", "\(bin.count)",
            String(repeating: "█", count: most == 0 ? 0 : (bin.count * 40 + most - 1) / most),
          ]
        }))
    lines.append(
      "longest \(report.longest); \(report.truncated) prompts are cut from the left; \(report.answersTooLong) answers are too long"
    )
    return lines.joined(separator: "\n")
  }
}

extension TaskSplit: ExpressibleByArgument {}
