/// What reading every row of a split found.
public struct TaskCheck: Sendable {
  /// The task.
  public var task: String
  /// Its split.
  public var split: TaskSplit
  /// Rows that became examples.
  public var exampleCount = 0
  /// Rows that did not.
  public var badRowCount = 0
  /// What is wrong: the first rows that are broken (of those that lack the same field, the first), the first id that
  /// comes twice, an empty split.
  public var errors: [TaskError] = []

  /// Reads all of a split; goes on after broken rows, and keeps the first `errorLimit` mistakes.
  ///
  /// - Throws: `FormatError.unreadable`.
  public init(_ task: any InstructionTask, _ split: TaskSplit, errorLimit: Int = 20) throws {
    self.task = task.name
    self.split = split
    var ids: Set<String> = []
    var hasTwins = false
    var missing: Set<String> = []
    do {
      try forEachExample(of: task, split) { result in
        switch result {
        case .failure(let error):
          badRowCount += 1
          // A template's wrong word would be said for every row.
          if case .missingField(_, _, let field, _) = error, !missing.insert(field).inserted { break }
          if errors.count < errorLimit { errors.append(error) }
        case .success(let example):
          exampleCount += 1
          if !ids.insert(example.id).inserted, !hasTwins {
            hasTwins = true
            errors.append(.duplicateExample(task: task.name, split: split.rawValue, id: example.id))
          }
        }
        return true
      }
    } catch let error as TaskError {
      // An error after which there is no next row.
      errors.append(error)
    }
    let isThere = (task as? any StreamedTask)?.has(split) ?? true
    if exampleCount == 0, isThere, errors.isEmpty || badRowCount == 0 {
      errors.append(
        .emptySplit(task: task.name, split: split.rawValue, file: (task as? ManifestTask)?.manifestPath ?? "its data"))
    }
  }
}
