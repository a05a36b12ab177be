import Foundation

/// Why a sweep cannot be done by Slurm.
public enum SlurmError: Error, Sendable, Equatable {
  /// There is no such command.
  case missing(command: String)
  /// Slurm's commands are there and know no cluster; what they say.
  case notConfigured(String)
  /// sbatch does not take the jobs; what it says.
  case refused(String)
  /// A command prints something else than it should.
  case garbled(command: String, line: String)
  /// Slurm cannot be reached for now; what its command says.
  case unreachable(String)
}

extension SlurmError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .missing(let command):
      "there is no Slurm on this machine (no program `\(command)`); start the sweep on a machine of the cluster that has "
        + "Slurm's commands, or leave out --executor slurm to do the runs here"
    case .notConfigured(let said): "Slurm's commands on this machine know no cluster: \(said)"
    case .refused(let said): "Slurm does not take the jobs; change `slurm` in the specification: \(said)"
    case .garbled(let command, let line): "`\(command)` printed what cannot be read: \(line)"
    case .unreachable(let said): "Slurm cannot be reached: \(said)"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
