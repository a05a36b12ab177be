import Foundation

/// A task as a mixture sees it.
public struct MixtureTask: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// Its category.
  public var category: String
  /// The tokens of each example, in the order of its sample.
  public var tokens: [Int]

  /// A task whose examples have these tokens.
  public init(name: String, category: String, tokens: [Int]) {
    self.name = name
    self.category = category
    self.tokens = tokens
  }

  /// A task of so many examples, for budgets that do not count tokens.
  public init(name: String, category: String, count: Int) {
    self.init(name: name, category: category, tokens: Array(repeating: 1, count: count))
  }
}

/// How much of each task is trained on, and in which order.
///
/// An example's place is decided by a random key that depends on (seed, task, example, epoch) alone. So with one seed the
/// examples of a task come in the same order whatever else is trained on: common random numbers, which take the noise of
/// the order out of the difference between two subsets. A task contributes the first examples of its sample, so a smaller
/// budget sees a prefix of what a larger one sees.
public enum TrainingMixture {
  /// For each epoch the order of the examples: indices into the tasks' examples, one task after another.
  ///
  /// A task that is given more than it has begins again with its first example. For `known` see
  /// ``counts(_:_:known:)``.
  ///
  /// - Throws: ``MixtureError``.
  public static func orders(
    _ tasks: [MixtureTask], _ settings: MixtureSettings, seed: UInt64, known: Set<String> = []
  ) throws -> [[Int]] {
    let counts = try counts(tasks, settings, known: known)
    return (0..<settings.epochs).map { epoch in
      var keyed: [(key: UInt64, place: Int, index: Int)] = []
      var first = 0
      for (task, count) in zip(tasks, counts) {
        let key = CounterBasedGenerator.key(seed: seed, purpose: .dataOrder, stream: stableHash(task.name))
        for number in 0..<count {
          let random = CounterBasedGenerator.words(key, UInt64(number), UInt64(epoch)).0
          keyed.append((random, keyed.count, first + number % task.tokens.count))
        }
        first += task.tokens.count
      }
      return keyed.sorted { ($0.key, $0.place) < ($1.key, $1.place) }.map(\.index)
    }
  }

  /// Every example of every task once an epoch, shuffled together.
  ///
  /// `tasks` are names and numbers of examples.
  public static func proportional(_ tasks: [(name: String, count: Int)], epochs: Int, seed: UInt64) -> [[Int]] {
    let tasks = tasks.filter { $0.count > 0 }.map { MixtureTask(name: $0.name, category: "", count: $0.count) }
    // Nothing can be wrong with all of everything.
    return (try? orders(tasks, MixtureSettings(epochs: epochs), seed: seed)) ?? []
  }
}

/// FNV-1a over UTF-8: the same on every machine and in every run, unlike the standard library's seeded hashes.
func stableHash(_ text: String) -> UInt64 {
  text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
}
