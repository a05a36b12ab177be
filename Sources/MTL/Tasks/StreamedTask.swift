/// A task whose examples can be read one after another, and whose broken rows can be looked at.
public protocol StreamedTask: InstructionTask {
  /// Offers every example, or what is wrong with its row, until the body returns false.
  ///
  /// - Throws: ``TaskError``, `FormatError.unreadable`, and what the body throws.
  func forEachExample(_ split: TaskSplit, _ body: (Result<TaskExample, TaskError>) throws -> Bool) throws

  /// Whether there is such a split.
  func has(_ split: TaskSplit) -> Bool
}

/// Offers every example of any task; those of a task that is not streamed are read at once.
///
/// A split that the task does not have offers nothing.
///
/// - Throws: ``TaskError``, `FormatError.unreadable`, and what the body throws.
public func forEachExample(
  of task: any InstructionTask, _ split: TaskSplit, _ body: (Result<TaskExample, TaskError>) throws -> Bool
) throws {
  if let task = task as? any StreamedTask {
    if task.has(split) { try task.forEachExample(split, body) }
    return
  }
  let examples: [TaskExample]
  do { examples = try task.examples(split, limit: nil, seed: 0) } catch TaskError.emptySplit { return }
  for example in examples where try !body(.success(example)) { return }
}
