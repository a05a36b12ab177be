import ArgumentParser
import MTL

struct TasksList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List tasks with their categories, metrics and numbers of examples.",
    discussion: "Example:\n  mtl tasks list tasks/quickstart")

  @OptionGroup var tasks: TaskPaths

  @Flag(help: "Print JSON.")
  var json = false

  struct Line: Encodable {
    var name: String
    var category: String
    var type: String
    var metrics: [String]
    var train: Int
    var test: Int
  }

  func run() throws {
    let lines = try tasks.load().map { task in
      Line(
        name: task.name, category: task.category, type: task.outputType.rawValue, metrics: task.metrics.map(\.name),
        train: try count(task, .train), test: try count(task, .test))
    }
    if json { return printLine(try jsonText(lines)) }
    let rows = lines.map {
      [$0.name, $0.category, $0.type, $0.metrics.joined(separator: ","), "\($0.train)", "\($0.test)"]
    }
    printLine(textTable([["task", "category", "type", "metrics", "train", "test"]] + rows))
  }

  private func count(_ task: any InstructionTask, _ split: TaskSplit) throws -> Int {
    var count = 0
    try forEachExample(of: task, split) { result in
      do throws(TaskError) {
        _ = try result.get()
        count += 1
      } catch {
        if !tasks.data.sources.skipBadRows { throw error }
      }
      return true
    }
    return count
  }
}
