import ArgumentParser
import MTL

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Print how likely completions are.",
    discussion: """
      Reads JSON Lines of {"prompt", "completion"} or {"input_ids", "labels"} (-100 for no label) and prints
      {"nll": nats summed over the completion's tokens, "tokens": their number} for each.

      Example:
        echo '{"prompt": "Aspirin inhibits", "completion": " cyclooxygenase."}' > pairs.jsonl
        mtl score --base smollm2-135m --input pairs.jsonl
      """)

  @OptionGroup var base: BaseOptions
  @OptionGroup var adapter: AdapterOptions
  @OptionGroup var workers: WorkerOptions

  @Option(help: ArgumentHelp("JSON Lines to score.", valueName: "file"))
  var input: String

  @Flag(help: "Prompts are user messages and completions answers, in the model's chat template.")
  var chat = false

  @Flag(help: "Print {\"tokens\", \"seconds\"} of the scoring on standard error.")
  var timing = false

  func run() throws {
    let base = try base.load(chat: chat)
    let examples = try SequenceLine.read(
      input, format: base.format, vocabularySize: base.model.configuration.vocabularySize)
    let scorer = LikelihoodScorer(
      model: base.model, adapter: try adapter.load(for: base), pool: workers.pool())
    if let long = examples.first(where: { $0.sequence.ids.count > base.model.maximumLength }) {
      throw InputError(
        description: "\(long.name) has \(long.sequence.ids.count) tokens, and the model's context is "
          + "\(base.model.maximumLength)")
    }
    let clock = Timing()
    let scores = try scorer.score(examples.map(\.sequence))
    if timing { try clock.print(tokens: examples.reduce(0) { $0 + $1.sequence.ids.count }) }
    for likelihood in scores { printLine(try jsonLine(likelihood)) }
  }
}
