import Foundation
import MTL

/// Slurm's commands, each with a time limit.
struct SlurmClient {
  /// Where they run: the folder that jobs start in.
  let folder: String

  /// Looks whether there is a Slurm.
  ///
  /// - Throws: ``SlurmError/missing(command:)``, ``SlurmError/notConfigured(_:)``.
  func check() throws {
    for command in ["sbatch", "squeue"] {
      do { _ = try call([command, "--version"]) } catch SlurmError.unreachable(let said) {
        throw SlurmError.notConfigured(said)
      } catch SlurmError.refused(let said) {
        throw SlurmError.notConfigured(said)
      }
    }
  }

  /// The user's tasks in the queue, and those that are over and not yet forgotten.
  ///
  /// - Throws: ``SlurmError/unreachable(_:)``, ``SlurmError/garbled(command:line:)``, ``SlurmError/missing(command:)``.
  func queue() throws -> [SlurmTask] {
    do {
      let text = try call(["squeue", "--noheader", "--array", "--me", "--states=all", "--format=\(SlurmQueue.format)"])
      return try SlurmQueue.parse(text, command: "squeue")
    } catch SlurmError.refused(let said) {
      // Nothing is asked for that could be refused for good.
      throw SlurmError.unreachable(said)
    }
  }

  /// Puts a job in the queue, and gives its number.
  ///
  /// - Throws: ``SlurmError``. After ``SlurmError/unreachable(_:)`` it may be in the queue all the same.
  func submit(_ arguments: [String]) throws -> String {
    try SlurmQueue.jobID(try call(["sbatch", "--parsable"] + arguments))
  }

  private func call(_ arguments: [String]) throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/mtl-\(UUID().uuidString).slurm"
    defer { unlink(path) }
    let command = ProcessCommand(arguments, folder: folder, timeLimit: 60, outputLimit: 256 << 20)
    do { try command.run(input: nil, output: path) } catch let error as PluginError {
      switch error {
      case .processNotStarted: throw SlurmError.missing(command: arguments[0])
      case .processFailed(_, let status, let said):
        let text = said.isEmpty ? "\(arguments[0]) ended with \(status)" : Self.oneLine(said)
        throw Self.passes(text) ? SlurmError.unreachable(text) : SlurmError.refused(text)
      case .processOutputTooLarge:
        throw SlurmError.garbled(command: arguments[0], line: "more than \(command.outputLimit) bytes")
      default: throw SlurmError.unreachable("\(error)")
      }
    }
    return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "; ")
  }

  /// Whether what a command says is about the connection and not about the job.
  private static func passes(_ said: String) -> Bool {
    let said = said.lowercased()
    return [
      "unable to contact slurm controller", "timed out", "zero bytes were transmitted", "connection refused",
      "connection reset", "connect failure", "connection failure", "communication failure", "temporarily",
      "try again", "unexpected message", "unable to establish controller", "munge", "authentication",
      "not responding", "controller is in standby", "shutting down",
    ].contains { said.contains($0) }
  }

  /// Whether sbatch says that the user has as many jobs as are allowed.
  static func isFull(_ said: String) -> Bool {
    let said = said.lowercased()
    return said.contains("submitjob") || said.contains("submit job limit") || said.contains("job submit limit")
      || said.contains("maxjobcount")
  }
}
