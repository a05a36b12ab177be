import ArgumentParser
import MTL

struct TasksStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Count examples, tokens and label tokens.",
    discussion: "Example:\n  mtl tasks stats tasks/quickstart --base smollm2-135m")

  @OptionGroup var tasks: TaskPaths
  @OptionGroup var base: BaseOptions

  @Flag(help: "Print JSON.")
  var json = false

  struct Line: Encodable {
    var task: String
    var category: String
    var split: String
    var examples = 0
    var badRows = 0
    var tokens = 0
    var labelTokens = 0
    var longest = 0
  }

  func run() throws {
    let format = try base.promptFormat()
    var lines: [Line] = []
    for task in try tasks.load() {
      for split in TaskSplit.allCases {
        var line = Line(task: task.name, category: task.category, split: split.rawValue)
        try forEachExample(of: task, split) { result in
          let example: TaskExample
          do throws(TaskError) { example = try result.get() } catch {
            if !tasks.data.sources.skipBadRows { throw error }
            line.badRows += 1
            return true
          }
          let (prompt, answer) = try format.encode(prompt: example.prompt, answer: example.target)
          line.examples += 1
          line.tokens += prompt.count + answer.count
          line.labelTokens += answer.count
          line.longest = max(line.longest, prompt.count + answer.count)
          return true
        }
        lines.append(line)
      }
    }
    if json { return printLine(try jsonText(lines)) }
    let rows = lines.map {
      [
        $0.task, $0.category, $0.split, "\($0.examples)", "\($0.badRows)", "\($0.tokens)", "\($0.labelTokens)",
        "\($0.longest)",
      ]
    }
    let header = ["task", "category", "split", "examples", "bad rows", "tokens", "label tokens", "longest"]
    printLine(textTable([header] + rows))
  }
}
