import ArgumentParser
import Experiments
import Foundation
import MTL

struct SweepVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Do runs of a bundle again and compare them bit for bit.",
    discussion: """
      Call it where the specification's tasks and base are, or name them. A run whose inputs or machine are not what they \
      were is refused, since its bits could not be the same. Without --run or --all the finished runs are listed.

      Example:
        mtl sweep verify quickstart.tar.gz
        mtl sweep verify quickstart.tar.gz --run "QA+IE seed 1"
        mtl sweep verify quickstart.tar.gz --all base=models/smollm2.gguf
      """)

  @Argument(help: ArgumentHelp("The bundle of `mtl export bundle`.", valueName: "bundle"))
  var bundle: String

  @Argument(help: ArgumentHelp("Where things are here: base=PATH, tasks=[PATH, ...].", valueName: "key=value"))
  var changes: [String] = []

  @Option(
    name: .customLong("run"), help: ArgumentHelp("A run's id or title; may be given several times.", valueName: "id"))
  var names: [String] = []

  @Flag(help: "Do all finished runs again.")
  var all = false

  @OptionGroup var workers: WorkerOptions
  @OptionGroup var data: DataOptions

  @Flag(help: "Print JSON.")
  var json = false

  struct Report: Encodable {
    var run: String
    var title: String
    var identical: Bool
    var differences: [String]
  }

  func run() throws {
    let scratch = FileManager.default.temporaryDirectory.path + "/mtl-verify-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let unpacked = try UnpackedBundle(bundle, to: scratch + "/bundle")
    let finished = unpacked.bundle.runs.filter { $0.state == "finished" }
    if names.isEmpty, !all {
      for run in finished { printLine("\(run.id.prefix(12))  \(run.title)") }
      printNote("\(unpacked.bundle.completeness); every file is as it was written; name runs with --run, or --all")
      return
    }
    let wanted = all ? finished : try names.map(unpacked.run)
    let sweep = try data.sweep(
      SweepDocument.read(path: unpacked.folder.specificationPath, overrides: changes))
    for run in wanted { try unpacked.check(run, in: sweep) }
    let again = SweepFolder(scratch + "/again")
    try again.prepare(sweep.record, specification: "")
    let reports = try doAgain(wanted, of: sweep, in: again, from: unpacked)
    if json { printLine(try jsonText(reports)) }
    if reports.contains(where: { !$0.identical }) { throw ExitCode.failure }
  }

  private func doAgain(
    _ runs: [SweepBundle.Run], of sweep: Sweep, in again: SweepFolder, from unpacked: UnpackedBundle
  ) throws -> [Report] {
    let stop = StopSignal()
    let worker = RunWorker(
      sweep: sweep, folder: again,
      contexts: ContextStore(sweep, programVersion: programVersion, cacheBytes: 2 << 30, scratchFolder: again.path))
    let executor = LocalExecutor(worker: worker, jobs: 1, cores: workers.count, stop: stop.flag)
    let driver = SweepDriver(sweep: sweep, folder: again, executor: executor)
    var watch = SweepWatch(quiet: json, tensorboard: nil)
    defer { watch.line.end() }
    do { try driver.run(only: runs.map(\.id), stop: stop.flag) { watch.note($0) } } catch let error as SweepError {
      guard case .interrupted = error else { throw error }
      throw ExitCode(stop.exitCode)
    }
    watch.line.end()
    return try runs.map { run in
      let differences = try unpacked.differences(run, from: again)
      if !json {
        let what = differences.isEmpty ? "identical" : "DIFFERS in " + differences.joined(separator: ", ")
        printLine("\(run.id.prefix(12))  \(run.title): \(what)")
      }
      return Report(run: run.id, title: run.title, identical: differences.isEmpty, differences: differences)
    }
  }
}
