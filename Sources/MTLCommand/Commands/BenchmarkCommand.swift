import ArgumentParser
import Foundation
import MTL

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure the matrix products that bound training on this machine.",
    discussion: """
      Runs the products of a training step's shapes and nothing else on all workers; script/benchmark compares with it.

      Example:
        mtl benchmark --base smollm2-135m
      """)

  @Option(help: ArgumentHelp("The model whose shapes are used.", valueName: "path"))
  var base = "smollm2-135m"

  @OptionGroup var workers: WorkerOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let source = try ModelSource.open(path: try locateBase(base))
    let bound = GEMMBound.measure(source.configuration, on: workers.pool())
    if json {
      printLine(try jsonLine(bound))
    } else {
      printLine(
        String(
          format: "%.0f GFLOP/s of sgemm with %d workers (kernel %@): at most %.0f tokens/s of dense LoRA training",
          bound.gigaflops, bound.workers, OpenBLAS.kernel, bound.boundTokensPerSecond))
    }
  }
}
