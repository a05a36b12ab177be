import ArgumentParser
import Foundation
import MTL

struct CategoriseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "categorise",
    abstract: "Divide a pool of instructions into categories.",
    discussion: """
      The plan is a YAML file, either of regular expressions over the instruction, of which the first that matches \
      counts:
        rules:
          IE: [extract, identify .* (mentioned|entities)]
          QA: ['\\?$', answer the]
        otherwise: GEN
      or of descriptions, of which the base model finds one likeliest:
        descriptions:
          IE: extracting information from a text
          QA: answering a question

      Prints how many instructions each category has, and writes a table that can be edited by hand. A manifest takes \
      one category of the pool with `join: {path: categories.tsv, on: _row}` and `where: {category: QA}`.

      Example:
        mtl tasks categorise pool.json --by plan.yaml --out categories.tsv
      """)

  @Argument(help: ArgumentHelp("A file of instructions.", valueName: "pool"))
  var pool: String

  @Option(help: ArgumentHelp("The plan: rules or descriptions.", valueName: "file"))
  var by: String

  @Option(help: ArgumentHelp("Where the table goes.", valueName: "file"))
  var out: String

  @Option(help: "The pool's form: alpaca, jsonl, json, csv, tsv, chat or super-ni.")
  var format: DataFormat = .alpaca

  @Option(help: "The field that says what is asked.")
  var field = "instruction"

  @Option(help: "The field of ids; _row for the rows' numbers.")
  var id = "_row"

  @Option(
    help: ArgumentHelp("For descriptions: a GGUF file, a model directory, or smollm2-135m.", valueName: "path"))
  var base: String?

  @OptionGroup var workers: WorkerOptions

  func run() throws {
    let plan = try CategoryPlan(path: by)
    let instructions = InstructionPool(path: pool, format: format, field: field, idField: id)
    let assignment: CategoryAssignment
    switch plan {
    case .rules(let rules, let otherwise):
      assignment = try instructions.categorised(by: rules, otherwise: otherwise)
    case .descriptions(let descriptions):
      assignment = try categorised(instructions, descriptions)
    }
    try assignment.write(to: out)
    let total = assignment.rows.count
    for (category, count) in assignment.distribution {
      let percent = String(format: "%5.1f%%", 100 * Double(count) / Double(total))
      printLine("\(percent)  \(count)  \(category.isEmpty ? "(no rule matched)" : category)")
    }
    printNote("\(total) instructions, in \(out)")
  }

  private func categorised(
    _ pool: InstructionPool, _ descriptions: [CategoryDescription]
  ) throws -> CategoryAssignment {
    guard let base else {
      throw InputError(description: "\(by) has descriptions, which a base model compares; name one with --base")
    }
    let loaded = try BaseOptions.parse(["--base", base]).load(chat: false)
    let scorer = LikelihoodScorer(model: loaded.model, adapter: nil, pool: workers.pool())
    let likelihood = try CategoryLikelihood(descriptions, scorer: scorer, format: loaded.format)
    return try pool.categorised(
      into: descriptions.map(\.category),
      progress: { if $0 % 1024 < 64 { printNote("\($0) instructions") } }, scores: likelihood.scores)
  }
}

extension DataFormat: ExpressibleByArgument {}
