import ArgumentParser
import Foundation
import MTL

struct TasksShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what tasks are made of, with their first example.",
    discussion: "Example:\n  mtl tasks show tasks/quickstart/findings.yaml")

  @OptionGroup var tasks: TaskPaths

  @Flag(help: "Print JSON.")
  var json = false

  struct Report: Encodable {
    var name: String
    var category: String
    var type: String
    var metrics: [String]
    var manifest: String?
    var files: [String: [String]]
    var generation: TaskGeneration
    var digest: String
    var example: TaskExample?
  }

  func run() throws {
    let reports = try tasks.load().map(report)
    if json { return printLine(try jsonText(reports)) }
    printLine(reports.map(text).joined(separator: "\n\n"))
  }

  private func report(_ task: any InstructionTask) throws -> Report {
    var first: TaskExample?
    for split in TaskSplit.allCases where first == nil {
      try forEachExample(of: task, split) { result in
        first = try result.get()
        return false
      }
    }
    let manifest = task as? ManifestTask
    return Report(
      name: task.name, category: task.category, type: task.outputType.rawValue, metrics: task.metrics.map(\.name),
      manifest: manifest?.manifestPath,
      files: Dictionary(
        uniqueKeysWithValues: TaskSplit.allCases.compactMap { split in
          manifest.map { (split.rawValue, $0.files(split)) }
        }),
      generation: task.generation, digest: try task.digest(), example: first)
  }

  private func text(_ report: Report) -> String {
    var lines = [
      "task        \(report.name)", "category    \(report.category)", "type        \(report.type)",
      "metrics     \(report.metrics.joined(separator: ", "))",
    ]
    if let manifest = report.manifest { lines.append("manifest    \(manifest)") }
    for (split, files) in report.files.sorted(by: { $0.key > $1.key }) where !files.isEmpty {
      let more = files.count > 3 ? " and \(files.count - 3) more" : ""
      lines.append(
        split.padding(toLength: 12, withPad: " ", startingAt: 0) + files.prefix(3).joined(separator: ", ") + more)
    }
    if report.type == OutputType.generateUntil.rawValue {
      let until = report.generation.until.map { "\($0.debugDescription)" }.joined(separator: ", ")
      lines.append(
        "answers     at most \(report.generation.maxNewTokens) tokens\(until.isEmpty ? "" : ", until \(until)")")
    }
    lines.append("sha256      \(report.digest)")
    guard let example = report.example else { return lines.joined(separator: "\n") }
    lines += ["", "example \(example.id)", "--- prompt", example.prompt, "--- target", example.target]
    if example.references.count > 1 { lines += ["--- references"] + example.references }
    if !example.choices.isEmpty { lines += ["--- choices"] + example.choices }
    return lines.joined(separator: "\n")
  }
}
