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

      Example:
        mtl sweep run experiments/quickstart.yaml --out out/quickstart --seeds 3
        mtl sweep run experiments/quickstart.yaml lora.rank=32 --out out/quickstart
      """)

  @OptionGroup var specification: SpecificationOptions

  @Option(help: ArgumentHelp("The folder for the runs.", valueName: "folder"))
  var out: String

  @OptionGroup var execution: ExecutionOptions

  func run() throws { try execution.execute(try specification.read(), in: out) }
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
      """)

  @Argument(help: ArgumentHelp("The folder of the sweep.", valueName: "folder"))
  var folder: String

  @OptionGroup var execution: ExecutionOptions

  func run() throws {
    _ = try SweepFolder(folder).plan()
    try execution.execute(try SweepDocument.read(path: SweepFolder(folder).specificationPath), in: folder)
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

  @OptionGroup var execution: ExecutionOptions

  func validate() throws {
    if ids.isEmpty { throw ValidationError("name a run with --run; `mtl sweep status` lists them") }
  }

  func run() throws {
    _ = try SweepFolder(folder).plan()
    try execution.execute(try SweepDocument.read(path: SweepFolder(folder).specificationPath), in: folder, only: ids)
  }
}
