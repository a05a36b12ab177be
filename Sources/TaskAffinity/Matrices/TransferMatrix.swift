/// What a gain is measured from.
public enum Baseline: String, Codable, Sendable, CaseIterable {
  /// The untrained base.
  case base
  /// Training on the target's own unit alone.
  case single
  /// Training on every unit.
  case all

  /// The words for a header.
  public var title: String {
    switch self {
    case .base: "the base"
    case .single: "training on the target alone"
    case .all: "training on all"
    }
  }
}

/// How columns (and, for task units, rows) are grouped.
public enum MatrixLevel: String, Codable, Sendable, CaseIterable {
  /// One column a task.
  case tasks
  /// One column a category: the mean over its tasks.
  case categories
}

/// A gain as a difference and as a share of the baseline; positive always means that training helps.
public struct Gain: Codable, Sendable, Equatable {
  /// Baseline minus score for a loss, score minus baseline for a metric.
  public let absolute: Estimate
  /// The absolute gain over the baseline's size, a mean of ratios over tasks; nil where that is zero.
  public let relative: Estimate?

  /// A gain.
  public init(absolute: Estimate, relative: Estimate?) {
    self.absolute = absolute
    self.relative = relative
  }
}

/// What one subset scored on one task or category.
public struct TransferCell: Codable, Sendable, Equatable {
  /// The score itself, in its own direction.
  public let value: Estimate
  /// Gain over the base; nil where the base was not scored.
  public let overBase: Gain?
  /// Gain over training on the target's own unit alone; nil where that run is missing.
  public let overSingle: Gain?
  /// Gain over training on all units; nil where that run is missing.
  public let overAll: Gain?

  /// A score with its gains.
  public init(value: Estimate, overBase: Gain?, overSingle: Gain?, overAll: Gain?) {
    self.value = value
    self.overBase = overBase
    self.overSingle = overSingle
    self.overAll = overAll
  }

  /// The gain over a baseline.
  public func gain(over baseline: Baseline) -> Gain? {
    switch baseline {
    case .base: overBase
    case .single: overSingle
    case .all: overAll
    }
  }
}

/// Subset x task: the score of every subset on every task, and its gain over three baselines.
public struct TransferMatrix: Codable, Sendable {
  /// What is scored.
  public let quantity: Quantity
  /// The question the runs answer.
  public let estimand: Estimand
  /// Whether columns are tasks or categories.
  public let level: MatrixLevel
  /// The confidence level of every interval.
  public let confidence: Double
  /// The subsets, the base first.
  public let rows: [Subset]
  /// Tasks or categories.
  public let columns: [String]
  /// [rows][columns]; nil where the run is missing.
  public let cells: [[TransferCell?]]
  /// The declared runs that are missing.
  public let missing: [MissingCell]

  /// A matrix of known cells, [rows][columns].
  public init(
    quantity: Quantity, estimand: Estimand, level: MatrixLevel, confidence: Double, rows: [Subset], columns: [String],
    cells: [[TransferCell?]], missing: [MissingCell] = []
  ) {
    self.quantity = quantity
    self.estimand = estimand
    self.level = level
    self.confidence = confidence
    self.rows = rows
    self.columns = columns
    self.cells = cells
    self.missing = missing
  }

  /// The cell of a subset and a column, nil when it is missing or not there.
  public subscript(subset: Subset, column: String) -> TransferCell? {
    guard let row = rows.firstIndex(of: subset), let place = columns.firstIndex(of: column) else { return nil }
    return cells[row][place]
  }
}

extension AffinityAnalysis {
  /// The names and tasks of a level's columns.
  func targets(_ level: MatrixLevel) -> [(name: String, tasks: [Int])] {
    switch level {
    case .tasks: taskIndices.map { (table.tasks[$0].name, [$0]) }
    case .categories:
      table.categories.compactMap { category in
        let members = taskIndices.filter { table.tasks[$0].category == category }
        return members.isEmpty ? nil : (category, members)
      }
    }
  }

  /// Scores of all subsets, and their gains over the baselines that are asked for; others stay unknown.
  public func transferMatrix(
    _ level: MatrixLevel, over baselines: Set<Baseline> = Set(Baseline.allCases)
  ) -> TransferMatrix {
    let targets = targets(level)
    let all = Subset(table.units)
    let rows = Set(table.subsets + [.base]).sorted()
    // Rows depend on nothing but themselves, so the result is the same however they are divided among processors.
    let cells = parallelMap(rows.count) { row in
      let subset = rows[row]
      return targets.map { target -> TransferCell? in
        guard
          let value = estimate(
            target.tasks.map { .value(subset, task: $0, coefficient: 1 / Double(target.tasks.count)) })
        else { return nil }
        func over(_ baseline: Baseline, _ reference: (Int) -> Subset) -> Gain? {
          baselines.contains(baseline) ? gain(subset, tasks: target.tasks, over: reference) : nil
        }
        return TransferCell(
          value: value, overBase: over(.base) { _ in .base },
          overSingle: over(.single) { [table.unit(of: table.tasks[$0])] }, overAll: over(.all) { _ in all })
      }
    }
    return TransferMatrix(
      quantity: quantity, estimand: table.estimand, level: level, confidence: settings.level, rows: rows,
      columns: targets.map(\.name), cells: cells, missing: table.missing)
  }

  /// The mean gain over tasks of a subset over each task's reference.
  func gain(_ subset: Subset, tasks: [Int], over reference: (Int) -> Subset) -> Gain? {
    func terms(relative: Bool) -> [Term] {
      tasks.map { task in
        var term = Term.gain(subset, over: reference(task), task: task, relative: relative)
        term.coefficient = 1 / Double(tasks.count)
        return term
      }
    }
    guard let absolute = estimate(terms(relative: false)) else { return nil }
    return Gain(absolute: absolute, relative: estimate(terms(relative: true)))
  }
}
