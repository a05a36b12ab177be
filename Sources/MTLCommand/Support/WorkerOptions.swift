import ArgumentParser
import Foundation
import MTL

/// How many threads compute.
struct WorkerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads that compute; results do not depend on it. (default: one a core)", valueName: "n"))
  var workers: Int?

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers must be at least 1, not \(workers)") }
  }

  func pool() -> WorkerPool { WorkerPool(count: workers ?? ProcessInfo.processInfo.activeProcessorCount) }
}
