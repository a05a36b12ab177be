import ArgumentParser
import Foundation
import MTL

struct TasksValidate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Read everything, and say all that is wrong in one go.",
    discussion: """
      Mistakes in manifests and broken rows are given with file and line. Training examples that say what a test example \
      says, in the same words or in a run of 13 of them that is no instruction, are counted.

      Example:
        mtl tasks validate tasks/quickstart
      """)

  @OptionGroup var tasks: TaskPaths

  @Flag(help: "Do not look for overlap of training and test data.")
  var noOverlap = false

  @Flag(help: "Print JSON.")
  var json = false

  struct Report: Encodable {
    struct Split: Encodable {
      var task: String
      var split: String
      var examples: Int
      var badRows: Int
    }
    struct Overlap: Encodable {
      var trainTask: String
      var testTask: String
      var exact: Int
      var near: Int
      /// Of the task's training examples.
      var share: Double
      var firstTrainID: String
      var firstTestID: String
      /// The run in common of the first near pair.
      var sharedWords: String?
    }
    var mistakes: [String]
    var splits: [Split]
    var overlapWasSought: Bool
    var overlap: [Overlap]
    var comparedShare: Double
  }

  func run() throws {
    let (described, manifestMistakes) = try TaskCatalogue.read(tasks.paths, settings: tasks.data.settings)
    let tasks = try described + self.tasks.data.sources.plugged().tasks()
    var mistakes =
      manifestMistakes.isEmpty
      ? [] : ConfigurationError(manifestMistakes).description.split(separator: "\n").map(String.init)
    var names: Set<String> = []
    for task in tasks where !names.insert(task.name).inserted {
      mistakes.append(TaskError.duplicateTask(name: task.name).description)
    }
    var splits: [Report.Split] = []
    for task in tasks {
      for split in TaskSplit.allCases {
        let check = try TaskCheck(task, split)
        splits.append(
          .init(task: task.name, split: split.rawValue, examples: check.exampleCount, badRows: check.badRowCount))
        let errors = check.errors.filter { !isSkipped($0) }
        mistakes += errors.map(\.description)
        if !self.tasks.data.sources.skipBadRows, check.badRowCount > errors.count {
          mistakes.append(
            "\(task.name): \(check.badRowCount - errors.count) more broken rows in its \(split.rawValue) data")
        }
      }
    }
    let overlap = noOverlap ? nil : try TrainTestOverlap.find(tasks)
    let report = Report(
      mistakes: mistakes, splits: splits, overlapWasSought: overlap != nil, overlap: overlap.map(Self.counts) ?? [],
      comparedShare: overlap?.comparedShare ?? 1)
    printLine(json ? try jsonText(report) : Self.text(report))
    if !mistakes.isEmpty { throw ExitCode.failure }
  }

  private func isSkipped(_ error: TaskError) -> Bool {
    switch error {
    case .badRow, .missingField, .targetNotAChoice: tasks.data.sources.skipBadRows
    default: false
    }
  }

  static func counts(_ overlap: TrainTestOverlap) -> [Report.Overlap] {
    var counts: [Report.Overlap] = []
    for pair in overlap.pairs {
      let known = counts.firstIndex { $0.trainTask == pair.trainTask && $0.testTask == pair.testTask }
      let place = known ?? counts.count
      if known == nil {
        counts.append(
          .init(
            trainTask: pair.trainTask, testTask: pair.testTask, exact: 0, near: 0, share: 0,
            firstTrainID: pair.trainID, firstTestID: pair.testID))
      }
      if pair.kind == .exact { counts[place].exact += 1 } else { counts[place].near += 1 }
      counts[place].sharedWords = counts[place].sharedWords ?? pair.sharedWords
      let all = max(1, overlap.trainCounts[pair.trainTask] ?? 0)
      counts[place].share = Double(counts[place].exact + counts[place].near) / Double(all)
    }
    return counts
  }

  private static func text(_ report: Report) -> String {
    var parts: [String] = []
    if !report.splits.isEmpty {
      let rows = report.splits.map { [$0.task, $0.split, "\($0.examples)", "\($0.badRows)"] }
      parts.append(textTable([["task", "split", "examples", "bad rows"]] + rows))
    }
    if !report.overlap.isEmpty {
      let rows = report.overlap.map {
        [
          $0.trainTask, $0.testTask, "\($0.exact)", "\($0.near)", String(format: "%.1f%%", 100 * $0.share),
          "\($0.firstTrainID) / \($0.firstTestID)", $0.sharedWords ?? "",
        ]
      }
      parts.append(
        "training examples that overlap with test examples:\n"
          + textTable([["train of", "test of", "exact", "13 words", "share", "first", "words in common"]] + rows))
    }
    if report.overlapWasSought, report.overlap.isEmpty,
      report.splits.contains(where: { $0.split == "train" && $0.examples > 0 })
    {
      parts.append("no training example overlaps with a test example")
    }
    if report.comparedShare < 1 {
      parts.append("overlap was looked for in a share of \(report.comparedShare) of all word runs")
    }
    parts.append(report.mistakes.isEmpty ? "no mistakes" : report.mistakes.joined(separator: "\n"))
    return parts.joined(separator: "\n\n")
  }
}
