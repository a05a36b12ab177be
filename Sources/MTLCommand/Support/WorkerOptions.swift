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

  /// Threads, or one a core.
  var count: Int { workers ?? ProcessInfo.processInfo.activeProcessorCount }

  func pool(stop: StopFlag? = nil) -> WorkerPool { WorkerPool(count: count, stop: stop) }
}
