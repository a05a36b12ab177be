/// A task whose scores are analysed: its name and the category it belongs to.
public struct ScoredTask: Hashable, Codable, Sendable {
  /// The task's name, unique in a table.
  public let name: String
  /// The kind of instruction that the task belongs to.
  public let category: String

  /// Names a task of a category.
  public init(name: String, category: String) {
    self.name = name
    self.category = category
  }
}

/// What the members of a subset are: whole categories or single tasks.
public enum UnitKind: String, Codable, Sendable, CaseIterable {
  /// A subset is a set of categories; training on one trains on all its tasks.
  case category
  /// A subset is a set of tasks.
  case task
}

/// What is held fixed when a subset grows, hence which question a matrix answers.
public enum Estimand: String, Codable, Sendable, CaseIterable {
  /// Every task is seen equally often whatever it is trained with; steps grow with the subset.
  case equalExposure = "equal-exposure"
  /// Every run takes the same number of examples, tokens or steps; each task gets a share.
  case equalTotal = "equal-total"
  /// The runs do not say.
  case unspecified

  /// The words for a matrix's header.
  public var title: String {
    switch self {
    case .equalExposure: "equal exposure per task"
    case .equalTotal: "equal total training"
    case .unspecified: "exposure not stated"
    }
  }
}
