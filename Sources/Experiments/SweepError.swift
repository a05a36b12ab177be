import Foundation

/// Why a sweep cannot go on.
public enum SweepError: Error, Sendable, Equatable {
  /// A subset names something that no task belongs to.
  case unknownUnit(String, known: [String])
  /// There is no sweep in the folder.
  case noSweep(folder: String)
  /// Runs failed: their titles and reasons.
  case failedRuns([String])
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
    case .failedRuns(let reasons): "\(reasons.count) runs failed: " + reasons.joined(separator: "; ")
    case .interrupted(let finished, let total):
      "stopped with \(finished) of \(total) runs finished; run the same command again to go on"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
