/// Which tasks there are and which units of a subset hold them.
public struct TaskLayout: Codable, Sendable, Equatable {
  /// The tasks, in the order of every column.
  public let tasks: [ScoredTask]
  /// What subsets are made of.
  public let unitKind: UnitKind

  /// Declares tasks and units.
  public init(tasks: [ScoredTask], unitKind: UnitKind) {
    self.tasks = tasks
    self.unitKind = unitKind
  }

  /// The units in order of first appearance.
  public var units: [String] { tasks.map(unit).uniqued() }

  /// The unit that holds a task.
  public func unit(of task: ScoredTask) -> String { unitKind == .category ? task.category : task.name }

  /// The unit that holds the task at an index.
  public func unit(_ task: Int) -> String { unit(of: tasks[task]) }

  /// The tasks, by index, that a subset trains on.
  public func members(_ subset: Subset) -> [Int] { tasks.indices.filter { subset.contains(unit($0)) } }
}

extension ScoreTable {
  /// The table's tasks and units.
  public var layout: TaskLayout { TaskLayout(tasks: tasks, unitKind: unitKind) }
}
