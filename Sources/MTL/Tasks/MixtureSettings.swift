import Foundation

/// How the examples of several tasks are mixed.
public struct MixtureSettings: Sendable, Hashable, Codable {
  /// The shares of the units.
  public var policy: Policy
  /// What shares are of.
  public var unit: Unit
  /// How much there is to share out in an epoch.
  public var budget: Budget
  /// Passes over the same examples, each in another order.
  public var epochs: Int

  /// A rule for shares. A unit's size is its number of examples, or of tokens where the budget counts tokens.
  public enum Policy: Sendable, Hashable, Codable {
    /// Each unit as its size.
    case proportional
    /// Each unit the same.
    case uniform
    /// Each unit as its size to the power 1/t: proportional at 1, nearer to uniform above (Raffel et al. 2020, 3.5.2).
    case temperature(Double)
    /// Each unit as given; zero leaves it out.
    case weights([String: Double])
  }

  /// What shares are of.
  public enum Unit: String, Sendable, Hashable, Codable, CaseIterable {
    /// Tasks.
    case task
    /// Categories; a category's tasks share its part as their sizes.
    case category
  }

  /// How much there is to share out.
  public enum Budget: Sendable, Hashable, Codable {
    /// Everything once, where the policy is proportional; otherwise as many examples as there are.
    case all
    /// Equal exposure: a unit's amount depends on itself alone, so adding a task adds data and takes none away.
    ///
    /// With N = n × the unit's tasks and size S = Σ min(n, examples of a task): proportional gives S, uniform N,
    /// temperature N (S/N)^(1/t), weights N × the unit's weight, as it is.
    case examplesPerTask(Int)
    /// Equal total: so many examples, however many tasks share them.
    case totalExamples(Int)
    /// Equal total: at most so many tokens.
    case totalTokens(Int)
  }

  /// Settings; everything once, unless others are given.
  public init(policy: Policy = .proportional, unit: Unit = .task, budget: Budget = .all, epochs: Int = 1) {
    self.policy = policy
    self.unit = unit
    self.budget = budget
    self.epochs = epochs
  }

  /// What is wrong with the settings, a sentence each.
  public var problems: [String] {
    var problems: [String] = []
    if epochs < 1 { problems.append("epochs must be at least 1, not \(epochs)") }
    switch policy {
    case .proportional, .uniform: break
    case .temperature(let t):
      if !(t > 0) || !t.isFinite { problems.append("the temperature must be above 0, not \(t)") }
    case .weights(let weights):
      for (name, weight) in weights.sorted(by: { $0.key < $1.key }) where !(weight >= 0) || !weight.isFinite {
        problems.append("the weight of \(name) must be 0 or more, not \(weight)")
      }
      if !weights.values.contains(where: { $0 > 0 }) { problems.append("at least one weight must be above 0") }
    }
    switch budget {
    case .all: break
    case .examplesPerTask(let count):
      if count < 1 { problems.append("examples-per-task must be at least 1, not \(count)") }
    case .totalExamples(let count):
      if count < 1 { problems.append("total-examples must be at least 1, not \(count)") }
    case .totalTokens(let count):
      if count < 1 { problems.append("total-tokens must be at least 1, not \(count)") }
    }
    return problems
  }

  /// How many examples of a task have to be read: nil for all, where its size matters.
  public func sampleLimit(task: String) -> Int? {
    guard case .examplesPerTask(let count) = budget, unit == .task else { return nil }
    guard case .weights(let weights) = policy else { return count }
    // More than there can be is as good as all.
    let wanted = (Double(count) * (weights[task] ?? 0)).rounded(.up)
    return wanted < 1e9 ? max(count, Int(max(0, wanted))) : nil
  }
}

/// Why tasks cannot be mixed as asked.
public enum MixtureError: Error, Sendable, Equatable {
  /// The settings make no sense: every problem.
  case settings([String])
  /// A weight is missing for a unit, or given for one that is not there.
  case weights(missing: [String], unknown: [String])
  /// A unit gets nothing of the budget.
  case emptyShare(String)
  /// A task has no examples.
  case noExamples(task: String)
}

extension MixtureError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .settings(let problems): problems.joined(separator: "; ")
    case .weights(let missing, let unknown):
      [
        missing.isEmpty ? nil : "there is no weight for \(missing.joined(separator: ", ")); give one, or 0",
        unknown.isEmpty ? nil : "there is a weight for \(unknown.joined(separator: ", ")), which no task belongs to",
      ].compactMap { $0 }.joined(separator: "; ")
    case .emptyShare(let task):
      "the budget leaves no example for \(task); raise the budget, or give the task a weight of 0"
    case .noExamples(let task): "task \(task) has no examples to mix; leave it out"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
