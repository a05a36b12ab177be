import ArgumentParser

struct TasksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks", abstract: "Look at tasks before training on them.",
    subcommands: [
      TasksList.self, TasksShow.self, TasksValidate.self, TasksPreview.self, TasksStats.self,
      CategoriseCommand.self,
    ])
}

/// A table of texts, columns padded; numbers are given right-aligned by the caller.
func textTable(_ rows: [[String]]) -> String {
  let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      .replacing(/\s+$/, with: "")
  }.joined(separator: "\n")
}
