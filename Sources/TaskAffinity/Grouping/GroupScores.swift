/// What every possible group does for its members: the input of grouping.
public struct GroupScores: Sendable {
  /// The tasks, at most ``mostTasks``.
  public let tasks: [String]
  /// By bit mask of members, the score of each task in that group; greater is better; only members' entries count.
  let scores: [[Double]]

  /// The most tasks for which all groups are listed.
  public static let mostTasks = 12

  /// Scores of every group from pairwise affinities: a member's score is the mean affinity of the others onto it.
  ///
  /// Affinities are [source][target], greater helps; the diagonal is not read. A task alone scores `alone`.
  ///
  /// - Throws: ``AffinityError`` when the matrix is not square, has unknown entries, or too many tasks.
  public init(tasks: [String], affinity: [[Double?]], alone: Double = 0) throws {
    let a = try completeAffinity(tasks, affinity)
    try self.init(tasks: tasks) { members, target in
      let others = members.filter { $0 != target }
      return others.isEmpty ? alone : others.reduce(0) { $0 + a[$1][target] } / Double(others.count)
    }
  }

  /// Scores of every group from a function of its members and one of them, as measured over all subsets.
  ///
  /// - Throws: ``AffinityError`` for no tasks, too many, or a score that is no number.
  public init(tasks: [String], score: (_ members: [Int], _ target: Int) -> Double) throws {
    guard !tasks.isEmpty, tasks.count <= Self.mostTasks else {
      throw AffinityError.outOfRange(
        what: "the number of tasks to group exactly", value: "\(tasks.count)", allowed: "1 to \(Self.mostTasks)")
    }
    self.tasks = tasks
    var scores = [Array(repeating: 0.0, count: tasks.count)]
    for mask in 1..<(1 << tasks.count) {
      let members = tasks.indices.filter { mask >> $0 & 1 == 1 }
      var row = Array(repeating: 0.0, count: tasks.count)
      for target in members {
        row[target] = score(members, target)
        guard row[target].isFinite else {
          let names = members.map { tasks[$0] }.joined(separator: "+")
          throw AffinityError.insufficient(what: "the grouping", missing: "the score of \(names) on \(tasks[target])")
        }
      }
      scores.append(row)
    }
    self.scores = scores
  }
}

/// Groups of tasks and what they are worth.
public struct Grouping: Codable, Sendable, Equatable {
  /// The method that chose them.
  public let method: String
  /// The groups; they may overlap where the method allows it.
  public let groups: [[String]]
  /// The objective the method maximised.
  public let objective: Double
  /// An upper bound on the objective, where the method proves one.
  public let bound: Double?

  /// A grouping; members and groups are put in a canonical order.
  public init(method: String, groups: [[String]], objective: Double, bound: Double? = nil) {
    self.method = method
    self.groups = groups.map { $0.sorted() }.sorted { $0.lexicographicallyPrecedes($1) }
    self.objective = objective
    self.bound = bound
  }
}

/// An affinity matrix without holes off the diagonal.
func completeAffinity(_ tasks: [String], _ affinity: [[Double?]]) throws -> [[Double]] {
  guard affinity.count == tasks.count, affinity.allSatisfy({ $0.count == tasks.count }) else {
    throw AffinityError.shapeMismatch(what: "the affinity matrix", expected: tasks.count, found: affinity.count)
  }
  var result = Array(repeating: Array(repeating: 0.0, count: tasks.count), count: tasks.count)
  for i in tasks.indices {
    for j in tasks.indices where i != j {
      guard let value = affinity[i][j], value.isFinite else {
        throw AffinityError.insufficient(what: "a grouping", missing: "the affinity of \(tasks[i]) on \(tasks[j])")
      }
      result[i][j] = value
    }
  }
  return result
}

/// Refuses a number of groups that the tasks cannot fill.
func checkGroups(_ groups: Int, tasks: Int) throws {
  guard groups >= 1, groups <= tasks else {
    throw AffinityError.outOfRange(
      what: "the number of groups", value: "\(groups)", allowed: "1 to \(tasks), the tasks")
  }
}
