import ArgumentParser
import Experiments

struct SweepRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Do the runs of a specification that are not done.",
    discussion: """
      Every run is one HDF5 file in the output folder, named by the digest of its settings and inputs, so a run that is \
      there is not done again, and a sweep that was stopped or killed goes on where it was. Several processes, on several \
      machines, may work on one folder. Exit code 130 or 143: stopped by ^C or SIGTERM.

      With --executor slurm the runs are done by job arrays, which this command follows; stopped, it leaves them in the \
      queue, and called again it finds them there.

      Example:
        mtl sweep run experiments/quickstart.yaml --out out/quickstart --seeds 3
        mtl sweep run experiments/quickstart.yaml lora.rank=32 --out out/quickstart
        mtl sweep run experiments/quickstart.yaml slurm.time=2:00:00 --out out/quickstart --executor slurm
      """)

  @OptionGroup var specification: SpecificationOptions

  @Option(help: ArgumentHelp("The folder for the runs.", valueName: "folder"))
  var out: String

  @OptionGroup var executor: ExecutorOptions
  @OptionGroup var execution: ExecutionOptions

  func run() throws { try execution.execute(try specification.read(), in: out, by: executor.executor) }
}

struct SweepResume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with the latest sweep of a folder.",
    discussion: """
      The same as the `mtl sweep run` that began it, from the specification kept in the folder. Paths of tasks and base \
      are relative to the folder in which that was called.

      Example:
        mtl sweep resume out/quickstart
        mtl sweep resume out/quickstart slurm.time=8:00:00 --executor slurm
      """)

  @Argument(help: ArgumentHelp("The folder of the sweep.", valueName: "folder"))
  var folder: String

  @Argument(help: ArgumentHelp("Changes to how Slurm does it, such as slurm.time=8:00:00.", valueName: "key=value"))
  var changes: [String] = []

  @OptionGroup var executor: ExecutorOptions
  @OptionGroup var execution: ExecutionOptions

  func validate() throws {
    // Anything else would make other runs.
    if let change = changes.first(where: { !$0.hasPrefix("slurm.") }) {
      throw ValidationError("only slurm.* may change here; for \(change) use `mtl sweep run` with the specification")
    }
  }

  func run() throws {
    _ = try SweepFolder(folder).plan()
    let document = try SweepDocument.read(path: SweepFolder(folder).specificationPath, overrides: changes)
    try execution.execute(document, in: folder, by: executor.executor)
  }
}

struct SweepWork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Do single runs of a sweep: what a cluster's job calls.",
    discussion: """
      Takes the specification from the folder, which `mtl sweep run` has made. A run that another process does is waited \
      for, and taken over where that shows no sign of life.

      Example:
        mtl sweep work out/quickstart --run 3f2a...
      """)

  @Argument(help: ArgumentHelp("The folder of the sweep.", valueName: "folder"))
  var folder: String

  @Option(name: .customLong("run"), help: ArgumentHelp("The run's id; may be given several times.", valueName: "id"))
  var ids: [String]

  @Option(help: ArgumentHelp("A specification of the folder that is not the latest.", valueName: "path"))
  var specification: String?

  @OptionGroup var execution: ExecutionOptions

  func validate() throws {
    if ids.isEmpty { throw ValidationError("name a run with --run; `mtl sweep status` lists them") }
  }

  func run() throws {
    _ = try SweepFolder(folder).plan()
    let path = specification ?? SweepFolder(folder).specificationPath
    try execution.execute(try SweepDocument.read(path: path), in: folder, only: ids)
  }
}
