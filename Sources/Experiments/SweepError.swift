import Foundation

/// Why a sweep cannot go on.
public enum SweepError: Error, Sendable, Equatable {
  /// A subset names something that no task belongs to.
  case unknownUnit(String, known: [String])
  /// There is no sweep in the folder.
  case noSweep(folder: String)
  /// There is no sweep of this name in the folder; these are there.
  case unknownSweep(String, known: [String])
  /// There are no estimates of affinity in the folder.
  case noEstimates(folder: String)
  /// Runs in the folder were made with another file of this name.
  case baseChanged(base: String, folder: String)
  /// A point of the grid has to be named; these are there.
  case points([String])
  /// The sweep has no such run.
  case unknownRun(String, folder: String)
  /// Runs failed: their titles and reasons.
  case failedRuns([String])
  /// Another process has taken over a run that this one had begun.
  case leaseLost
  /// The user asked to stop.
  case interrupted(finished: Int, total: Int)
}

extension SweepError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownUnit(let unit, let known):
      "`subsets` names \(unit), but the tasks have \(known.joined(separator: ", "))"
    case .noSweep(let folder): "there is no sweep in \(folder); run `mtl sweep run SPEC.yaml --out \(folder)` first"
    case .unknownSweep(let name, let known):
      "the folder has no sweep called \(name); it has \(known.joined(separator: ", "))"
    case .noEstimates(let folder): "there are no estimates in \(folder); run `mtl affinity estimate \(folder)` first"
    case .baseChanged(let base, let folder):
      "the runs in \(folder) were made with another file than \(base) is now (its SHA-256 differs); put the old one back, "
        + "or give another --out"
    case .points(let labels):
      "the sweep has a grid; name one of its points with --point: " + labels.map { "\"\($0)\"" }.joined(separator: ", ")
    case .unknownRun(let id, let folder): "the sweep in \(folder) has no run \(id); `mtl sweep status` lists them"
    case .failedRuns(let reasons): "\(reasons.count) runs failed: " + reasons.joined(separator: "; ")
    case .leaseLost: "another process has taken over the run, since this one showed no sign of life for too long"
    case .interrupted(let finished, let total):
      "stopped with \(finished) of \(total) runs finished; run the same command again to go on"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
