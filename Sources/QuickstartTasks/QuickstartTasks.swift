import Foundation
import QuickstartData

/// Writes the example files of the shipped tasks, or reports what a constant answer would score.
@main
enum QuickstartTasks {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let wantsReport = arguments.contains("--report")
    arguments.removeAll { $0 == "--report" }
    guard arguments.count == 1, !arguments[0].hasPrefix("-") else {
      printToError("usage: QuickstartTasks <directory that holds knowledge/> [--report]")
      exit(64)
    }
    do {
      try run(directory: arguments[0], wantsReport: wantsReport)
    } catch {
      printToError("error: \(error.localizedDescription)")
      exit(1)
    }
  }

  private static func run(directory: String, wantsReport: Bool) throws {
    let train = try Knowledge(directory: directory + "/knowledge", side: .train)
    let test = try Knowledge(directory: directory + "/knowledge", side: .test)
    for task in QuickstartTask.all {
      let examples = (train: try task.examples(from: train), test: try task.examples(from: test))
      if wantsReport {
        report(task, train: examples.train, test: examples.test)
      } else {
        for (side, examples) in [(Side.train, examples.train), (Side.test, examples.test)] {
          let path = directory + "/" + task.fileName(side)
          try Data(QuickstartTask.jsonLines(examples).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
          print("\(path): \(examples.count) examples")
        }
      }
    }
  }

  private static func report(_ task: QuickstartTask, train: [Example], test: [Example]) {
    let fair = Baseline.bestConstant(task.metric, among: train, choosingOn: train, test: test)
    let hindsight = Baseline.bestConstant(task.metric, among: train + test, choosingOn: test, test: test)
    func percent(_ score: Double) -> String { String(format: "%.1f", 100 * score) }
    print("\(task.name): \(train.count) train, \(test.count) test, \(task.metric.rawValue)")
    print("  best constant chosen on train:     \(percent(fair.score))  (\(fair.answer))")
    print("  best constant chosen in hindsight: \(percent(hindsight.score))  (\(hindsight.answer))")
  }

  private static func printToError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
