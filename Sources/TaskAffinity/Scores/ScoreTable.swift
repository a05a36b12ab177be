/// The scores of a sweep: for every (subset, seed, task) a cell of per-example scores, or nothing.
///
/// A cell that was never inserted is missing, not zero. All cells of a task share one evaluation set: same
/// examples, clusters and answer tokens, in any order. The base (empty subset) has no seed.
public struct ScoreTable: Sendable {
  /// The tasks, in the order of every column.
  public let tasks: [ScoredTask]
  /// What subsets are made of.
  public let unitKind: UnitKind
  /// The question all runs of the table answer.
  public let estimand: Estimand
  /// The metrics of each task, in order of importance, by task name.
  public let metrics: [String: [MetricDefinition]]
  /// All subsets declared or inserted, sorted.
  public private(set) var subsets: [Subset]
  /// All seeds declared or inserted, sorted.
  public private(set) var seeds: [Int]

  var evaluationSets: [EvaluationSet?]
  private var cells: [CellKey: StoredCell] = [:]

  /// Starts an empty table; subsets and seeds declared here are reported as missing until they are inserted.
  ///
  /// - Throws: ``AffinityError`` for duplicate names, unknown metric tasks and unknown units.
  public init(
    tasks: [ScoredTask], unitKind: UnitKind, estimand: Estimand, metrics: [String: [MetricDefinition]] = [:],
    subsets: [Subset] = [], seeds: [Int] = []
  ) throws {
    var names = Set<String>()
    for task in tasks where !names.insert(task.name).inserted {
      throw AffinityError.duplicateName(kind: "task", name: task.name)
    }
    for (task, definitions) in metrics {
      guard names.contains(task) else { throw AffinityError.unknownTask(task) }
      var metricNames = Set<String>()
      for metric in definitions where !metricNames.insert(metric.name).inserted {
        throw AffinityError.duplicateName(kind: "metric", name: metric.name)
      }
    }
    self.tasks = tasks
    self.unitKind = unitKind
    self.estimand = estimand
    self.metrics = metrics
    self.subsets = []
    self.seeds = Set(seeds).sorted()
    evaluationSets = Array(repeating: nil, count: tasks.count)
    for subset in subsets { try declare(subset) }
  }

  /// The categories in order of first appearance.
  public var categories: [String] { tasks.map(\.category).uniqued() }

  /// The units subsets are made of: all categories or all tasks.
  public var units: [String] { unitKind == .category ? categories : tasks.map(\.name) }

  /// The unit that holds a task.
  public func unit(of task: ScoredTask) -> String { unitKind == .category ? task.category : task.name }

  /// Adds what one run scored on one task; `seed` is nil for the base and only for it.
  ///
  /// - Throws: ``AffinityError`` when the estimand, the evaluation set or the shape does not fit the table.
  public mutating func insert(
    _ scores: ExampleScores, subset: Subset, seed: Int?, task: String, estimand: Estimand? = nil
  ) throws {
    if let estimand, !subset.isBase, estimand != self.estimand {
      throw AffinityError.mixedEstimands(self.estimand, estimand)
    }
    guard let index = tasks.firstIndex(where: { $0.name == task }) else { throw AffinityError.unknownTask(task) }
    guard subset.isBase == (seed == nil) else { throw AffinityError.seedMismatch(subset: subset, seed: seed) }
    let key = CellKey(subset: subset, seed: seed, task: index)
    guard cells[key] == nil else { throw AffinityError.duplicateCell(task: task, subset: subset, seed: seed) }
    let definitions = metrics[task] ?? []
    try scores.validate(metrics: definitions, task: task, subset: subset)
    let set = try evaluationSets[index] ?? EvaluationSet(scores, task: task)
    let order = try set.order(of: scores, task: task, subset: subset)
    try declare(subset)
    if let seed, !seeds.contains(seed) { seeds = (seeds + [seed]).sorted() }
    evaluationSets[index] = set
    cells[key] = StoredCell(scores, order: order, metrics: definitions)
  }

  /// Whether the cell is there.
  public func has(subset: Subset, seed: Int?, task: String) -> Bool {
    guard let index = tasks.firstIndex(where: { $0.name == task }) else { return false }
    return cells[CellKey(subset: subset, seed: seed, task: index)] != nil
  }

  /// The declared cells that are unknown, the base's included.
  public var missing: [MissingCell] {
    var result: [MissingCell] = []
    for subset in Set(subsets + [.base]).sorted() {
      for seed in subset.isBase ? [nil] : seeds.map(Optional.some) {
        for (index, task) in tasks.enumerated() where cells[CellKey(subset: subset, seed: seed, task: index)] == nil {
          result.append(MissingCell(subset: subset, seed: seed, task: task.name))
        }
      }
    }
    return result
  }

  func cell(subset: Subset, seed: Int?, task: Int) -> StoredCell? {
    cells[CellKey(subset: subset, seed: seed, task: task)]
  }

  private mutating func declare(_ subset: Subset) throws {
    if subsets.contains(subset) { return }
    let known = Set(units)
    for unit in subset.units where !known.contains(unit) { throw AffinityError.unknownUnit(unit, subset: subset) }
    subsets.insert(subset, at: subsets.firstIndex { subset < $0 } ?? subsets.endIndex)
  }
}

/// A cell that the table declares and nothing was inserted for.
public struct MissingCell: Hashable, Codable, Sendable {
  /// The subset that was, or should have been, trained on.
  public let subset: Subset
  /// The run's seed, nil for the base.
  public let seed: Int?
  /// The task that lacks scores.
  public let task: String
}

private struct CellKey: Hashable, Sendable {
  let subset: Subset
  let seed: Int?
  let task: Int
}
