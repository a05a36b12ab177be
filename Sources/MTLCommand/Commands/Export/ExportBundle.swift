import ArgumentParser
import Experiments
import Foundation

struct ExportBundle: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Write a sweep as one archive that others can read, do again and verify.",
    discussion: """
      A .tar.gz of specification, plan, task manifests, test examples, digests, environment and the results of every run. \
      `mtl sweep verify` does runs of it again and compares them bit for bit. The same sweep makes the same bytes.

      Example:
        mtl export bundle out/quickstart --out quickstart.tar.gz
        mtl sweep verify quickstart.tar.gz --run "QA+IE seed 1"
      """)

  @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "folder"))
  var folder: String

  @Option(help: ArgumentHelp("The archive to write.", valueName: "file"))
  var out: String

  @Flag(help: "Put the adapters' parameters in too; without them there are their digests.")
  var adapters = false

  @Flag(help: "Leave the texts of the test examples out, as some licences ask.")
  var withoutExamples = false

  func run() throws {
    let bundle = try SweepFolder(folder).writeBundle(
      to: out, program: programVersion, adapters: adapters, examples: !withoutExamples)
    printLine(out)
    if bundle.runs.contains(where: { $0.state != "finished" }) {
      printNote("\(bundle.completeness); the bundle says so")
    }
  }
}
