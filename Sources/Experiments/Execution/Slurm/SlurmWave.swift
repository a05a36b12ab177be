import Foundation
import MTL

/// Runs submitted together as one job array. Its files lie in `slurm/` of the sweep's folder and are there before the job
/// is, under a name of their own that is the job's too: whoever follows the sweep later finds its jobs by that.
struct SlurmWave: Sendable, Hashable {
  /// The name, without what goes before it.
  let token: String
  /// The runs, in the order of the array's indices.
  let ids: [String]
  /// The job, once Slurm has told.
  var jobID: String?

  private static let prefix = "mtl-"

  /// The job's name.
  var name: String { Self.prefix + token }

  /// The part of a job's name that tells waves apart; nil for jobs that are not ours.
  static func token(ofJob name: String) -> String? {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
  }

  /// A new wave of runs.
  init(_ ids: [String]) {
    token = UUID().uuidString.replacing("-", with: "").prefix(12).lowercased()
    self.ids = ids
  }

  private init(token: String, ids: [String]) {
    self.token = token
    self.ids = ids
  }

  /// The waves in the folder of a sweep.
  static func all(in folder: SweepFolder) -> [SlurmWave] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.slurmPath)) ?? []
    return names.sorted().compactMap { name in
      guard name.hasSuffix(".runs"), name.dropLast(5).wholeMatch(of: #/[0-9a-f]{12}/#) != nil,
        let text = try? String(contentsOfFile: folder.slurmPath + "/" + name, encoding: .utf8)
      else { return nil }
      return SlurmWave(
        token: String(name.dropLast(5)),
        ids: text.split(separator: "\n").map(String.init))
    }
  }

  /// Writes what the job reads: the runs' ids, the specification, and its own script.
  ///
  /// - Throws: `FormatError.unwritable`.
  func write(in folder: SweepFolder, work: SlurmWork, settings: SlurmSettings) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder.slurmPath, withIntermediateDirectories: true)
    } catch { throw FormatError.unwritable(path: folder.slurmPath, reason: error.localizedDescription) }
    try write(work.specification, to: path("yaml", in: folder))
    try write(script(in: folder, work: work, settings: settings), to: path("sh", in: folder))
    try write(ids.map { $0 + "\n" }.joined(), to: path("runs", in: folder))
  }

  private func write(_ text: String, to path: String) throws {
    try AtomicFile.write(to: path) { try $0.write(Data(text.utf8)) }
  }

  /// One of the wave's files.
  func path(_ ending: String, in folder: SweepFolder) -> String { "\(folder.slurmPath)/\(token).\(ending)" }

  /// What a task of the array has printed.
  static func log(token: String, _ index: Int, in folder: SweepFolder) -> String {
    "\(folder.slurmPath)/\(token)-\(index).log"
  }

  /// The arguments of sbatch.
  func arguments(in folder: SweepFolder, work: SlurmWork, settings: SlurmSettings) -> [String] {
    let width = settings.width.map { "%\($0)" } ?? ""
    // In the names of logs % begins a word of Slurm's.
    let log = "\(folder.slurmPath)/\(token)-".replacing("%", with: "%%") + "%a.log"
    var arguments = [
      "--job-name=\(name)", "--array=0-\(ids.count - 1)\(width)", "--chdir=\(work.folder)", "--output=\(log)",
      "--open-mode=append", "--requeue", "--signal=B:TERM@\(settings.signalSeconds)",
      "--cpus-per-task=\(settings.cpus)",
    ]
    if let partition = settings.partition { arguments.append("--partition=\(partition)") }
    if let time = settings.time { arguments.append("--time=\(time)") }
    if let memory = settings.memory { arguments.append("--mem=\(memory)") }
    return arguments + settings.extra + [path("sh", in: folder)]
  }

  /// The job's script: the line of the task's number names its run. The program takes the shell's place, so that it is
  /// the one to get the signal before the time limit.
  private func script(in folder: SweepFolder, work: SlurmWork, settings: SlurmSettings) -> String {
    let command =
      [work.program, "sweep", "work", folder.path, "--specification", path("yaml", in: folder)] + work.arguments
    return """
      #!/bin/bash
      # Written by mtl: a task of this job array does the run on its line of \(token).runs.
      \(settings.setup.joined(separator: "\n"))
      runs=\(quoted(path("runs", in: folder)))
      id=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$runs")
      if [ -z "$id" ]; then
        echo "$(hostname) cannot read $runs: the sweep's folder must be on a file system that all nodes share" >&2
        exit 1
      fi
      # Slurm itself submits a job again that has lost its node; not for ever, should the job be what its nodes die of.
      if [ "${SLURM_RESTART_COUNT:-0}" -gt 10 ]; then
        echo "this job was started again ten times; it is left to whoever follows the sweep" >&2
        exit 1
      fi
      exec \(command.map(quoted).joined(separator: " ")) \\
        --workers "${SLURM_CPUS_PER_TASK:-\(settings.cpus)}" --run "$id"

      """
  }
}

/// What jobs run, besides the runs' ids.
public struct SlurmWork: Sendable {
  /// The absolute path of `mtl`.
  public var program: String
  /// Where the sweep was started, which paths in its specification are relative to.
  public var folder: String
  /// More arguments of `mtl sweep work`.
  public var arguments: [String]
  /// The specification, whole.
  public var specification: String

  /// What jobs run.
  public init(program: String, folder: String, arguments: [String], specification: String) {
    self.program = program
    self.folder = folder
    self.arguments = arguments
    self.specification = specification
  }
}

extension SweepFolder {
  /// Where the files of Slurm's jobs are.
  public var slurmPath: String { path + "/slurm" }
}

/// A word for a shell.
private func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
