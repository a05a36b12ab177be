import ArgumentParser
import Experiments
import Foundation
import TaskAffinity

struct AffinityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "affinity", abstract: "How training on one category changes another.",
    discussion: "docs/affinity.md explains every number.",
    subcommands: [
      AffinityMatrixCommand.self, AffinityEstimateCommand.self, AffinityCompareCommand.self, AffinityGroupCommand.self,
      AffinityAdviseCommand.self,
    ])
}

/// Which sweep of a folder, and which point of its grid.
struct SweepChoice: ParsableArguments {
  @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "folder"))
  var folder: String

  @Option(help: ArgumentHelp("A sweep of the folder by its name. (default: the latest)", valueName: "name"))
  var sweep: String?

  @Option(help: ArgumentHelp("A point of the sweep's grid, such as lora.rank=8.", valueName: "point"))
  var point: String?

  var store: SweepFolder { SweepFolder(folder) }

  /// The plan and the number of the point.
  func plan() throws -> (plan: SweepFolder.Plan, point: Int) {
    let plan = try store.plan(of: sweep)
    return (plan, try SweepFolder.point(point, of: plan))
  }

  func scores() throws -> ScoreTable { try store.scores(point: point, sweep: sweep) }
}

/// Whether standard output shows colours.
var outputHasColours: Bool { isatty(FileHandle.standardOutput.fileDescriptor) == 1 }
