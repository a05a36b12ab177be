/// Tasks that a program brings itself: Swift types, and those of shared libraries.
///
///     var registry = TaskRegistry()
///     try registry.register(DoseTask())
///     let tasks = try registry.tasks(with: TaskCatalogue.load(["tasks/quickstart"]))
public struct TaskRegistry: Sendable {
  /// Makes a task when it is asked for.
  public typealias Factory = @Sendable () throws -> any InstructionTask

  private var factories: [(name: String, make: Factory)] = []

  /// A registry without tasks.
  public init() {}

  /// The registered names, in their order.
  public var names: [String] { factories.map(\.name) }

  /// Adds a task.
  ///
  /// - Throws: ``TaskError/duplicateTask(name:)``.
  public mutating func register(_ task: any InstructionTask) throws {
    try register(task.name) { task }
  }

  /// Adds a task that is made when it is asked for, for one that is costly to make.
  ///
  /// - Throws: ``TaskError/duplicateTask(name:)``.
  public mutating func register(_ name: String, _ make: @escaping Factory) throws {
    if names.contains(name) { throw TaskError.duplicateTask(name: name) }
    factories.append((name, make))
  }

  /// Adds the tasks of a shared library (see mtl_plugin.h).
  ///
  /// - Throws: ``PluginError``, ``TaskError/duplicateTask(name:)``.
  public mutating func register(plugin path: String) throws {
    for task in try SharedLibrary(path: path).tasks { try register(task) }
  }

  /// The registered tasks after others, which manifests describe.
  ///
  /// - Throws: ``TaskError/duplicateTask(name:)``, and what a factory throws.
  public func tasks(with others: [any InstructionTask] = []) throws -> [any InstructionTask] {
    let tasks = try others + factories.map { try $0.make() }
    var seen: Set<String> = []
    for task in tasks where !seen.insert(task.name).inserted { throw TaskError.duplicateTask(name: task.name) }
    return tasks
  }
}
