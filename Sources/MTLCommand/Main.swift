import ArgumentParser
import Foundation

@main
struct MTLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mtl",
    abstract: "Find out which kinds of instruction help which.",
    discussion: """
      Trains a LoRA adapter of a frozen language model for every subset of your instruction categories, scores every \
      adapter on every task, and computes how training on one category changes another.

      Example:
        mtl sweep run experiments/quickstart.yaml --out out/quickstart
        mtl affinity matrix out/quickstart
      """,
    version: programVersion,
    subcommands: [
      ModelCommand.self, TokenizeCommand.self, ScoreCommand.self, GenerateCommand.self, TrainCommand.self,
      EvalCommand.self, TasksCommand.self, SweepCommand.self, AffinityCommand.self, ExportCommand.self,
      BenchmarkCommand.self,
    ])

  static func main() async {
    // A file size limit is then an error of writing, which is reported, not the end of the program.
    signal(SIGXFSZ, SIG_IGN)
    await main(nil)
  }
}

/// The version that runs record.
let programVersion = "0.1.0"
