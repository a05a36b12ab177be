import ArgumentParser
import Foundation
import MTL

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continue prompts.",
    discussion: """
      Prints the continuation of --prompt as text, or of every line {"prompt": ...} or {"input_ids": [...]} of --input
      as JSON Lines of {"text": ..., "ids": [...]}. Greedy unless --temperature is given.

      Example:
        mtl generate --base smollm2-135m --chat --prompt "What is metformin used for?"
      """)

  @OptionGroup var base: BaseOptions
  @OptionGroup var adapter: AdapterOptions
  @OptionGroup var workers: WorkerOptions

  @Option(help: "A text to continue.")
  var prompt: String?

  @Option(help: ArgumentHelp("JSON Lines of {\"prompt\": ...} to continue.", valueName: "file"))
  var input: String?

  @Option(help: ArgumentHelp("Most tokens to add.", valueName: "n"))
  var maxNewTokens = 64

  @Option(help: "0 takes the likeliest token; above, tokens are drawn.")
  var temperature = 0.0

  @Option(help: "Of the draws.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Prompts continued at a time.", valueName: "n"))
  var batchSize = 16

  @Flag(help: "Prompts are user messages in the model's chat template.")
  var chat = false

  @Flag(help: "Print {\"tokens\", \"seconds\"} of the generation on standard error.")
  var timing = false

  func validate() throws {
    if (prompt == nil) == (input == nil) { throw ValidationError("give either --prompt or --input") }
    if maxNewTokens < 1 { throw ValidationError("--max-new-tokens must be at least 1") }
    if !(temperature >= 0 && temperature.isFinite) { throw ValidationError("--temperature must not be negative") }
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1") }
  }

  func run() throws {
    struct Result: Encodable {
      var text: String
      var ids: [Int32]
    }
    let base = try base.load(chat: chat)
    let prompts = try input.map { try read($0, base) } ?? [base.format.prompt(prompt ?? "")]
    let generator = Generator(
      model: base.model, adapter: try adapter.load(for: base), pool: workers.pool(), batchSize: batchSize)
    let settings = DecodingSettings(
      maxNewTokens: maxNewTokens, stopTokens: base.format.stopTokens, temperature: temperature, seed: seed)
    let clock = Timing()
    let results = try generator.generate(prompts, settings)
    if timing { try clock.print(tokens: results.reduce(0) { $0 + $1.count }) }
    for ids in results {
      let text = try base.format.text(ids)
      printLine(input == nil ? text : try jsonLine(Result(text: text, ids: ids)))
    }
  }

  private func read(_ path: String, _ base: Base) throws -> [[Int32]] {
    struct Line: Decodable {
      var prompt: String?
      var input_ids: [Int32]?
    }
    return try readLines(path).map { number, line in
      let decoded = try? JSONDecoder().decode(Line.self, from: Data(line.utf8))
      if let ids = decoded?.input_ids {
        guard ids.allSatisfy({ $0 >= 0 && Int($0) < base.model.configuration.vocabularySize }) else {
          throw InputError(description: "\(path):\(number) has a token id that the base does not have")
        }
        return ids
      }
      guard let prompt = decoded?.prompt else {
        throw InputError(
          description: "\(path):\(number) is not a JSON object with a \"prompt\" text or an \"input_ids\" list")
      }
      return try base.format.prompt(prompt)
    }
  }
}

/// The numbered lines of a file that are not empty.
func readLines(_ path: String) throws -> [(Int, Substring)] {
  guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
    throw InputError(description: "cannot read \(path): it is missing or not UTF-8 text")
  }
  return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
    line.allSatisfy(\.isWhitespace) ? nil : (number + 1, line)
  }
}
