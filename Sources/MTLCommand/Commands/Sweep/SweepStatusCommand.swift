import ArgumentParser
import Experiments
import Foundation

struct SweepStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say which runs of a sweep are done, going on, failed or waiting.",
    discussion: """
      Works from the folder alone, while the sweep goes on here or elsewhere.

      Example:
        mtl sweep status out/quickstart
      """)

  @Argument(help: ArgumentHelp("The folder of the sweep.", valueName: "folder"))
  var folder: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let status = try SweepFolder(folder).status()
    if json {
      printLine(try jsonText(status))
      return
    }
    for run in status.runs {
      let subset = run.subset.isEmpty ? "base" : run.subset.joined(separator: "+")
      var text = "\(run.id.prefix(12))  \(run.status.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0))  "
      text += (run.point.isEmpty ? "" : run.point + ": ") + subset + (run.seed.map { " seed \($0)" } ?? "")
      if let progress = run.progress { text += String(format: ", %.0f%%", 100 * progress) }
      if let holder = run.holder { text += " by \(holder)" }
      if let reason = run.failures.last {
        let times = run.failures.count == 1 ? "once" : "\(run.failures.count) times"
        text += ", failed \(times), last: \(reason)"
      }
      printLine(text)
    }
    let left = status.secondsLeft.map { $0 > 0 ? ", about \(durationText($0)) of work left" : "" } ?? ""
    printLine(
      "\(status.finished) of \(status.runs.count) runs are finished, \(status.running) running, \(status.failed) failed, "
        + "\(status.waiting) waiting\(left)")
  }
}

struct SweepGC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Find files that no sweep of a folder needs, and remove them.",
    discussion: """
      These are runs of earlier versions of a specification, damaged files, and what is left of writing that was cut \
      short. Nothing is removed without --delete.

      Example:
        mtl sweep gc out/quickstart
        mtl sweep gc out/quickstart --delete
      """)

  @Argument(help: ArgumentHelp("The folder of the sweep.", valueName: "folder"))
  var folder: String

  @Flag(help: "Remove the files.")
  var delete = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    struct Report: Encodable {
      var files: [GarbageFile]
      var bytes: Int
      var deleted: Bool
    }
    let folder = SweepFolder(folder)
    let files = try folder.garbage()
    if delete { try folder.remove(files) }
    let bytes = files.reduce(0) { $0 + $1.bytes }
    if json {
      printLine(try jsonText(Report(files: files, bytes: bytes, deleted: delete)))
      return
    }
    for file in files { printLine("\(file.path)  \(bytesText(file.bytes))  \(file.reason)") }
    let what = delete ? "removed" : files.isEmpty ? "not needed" : "not needed; --delete removes them"
    printLine("\(files.count) files, \(bytesText(bytes)), \(what)")
  }
}
