import Foundation
import MTL
import Testing

@Suite struct MixtureTests {
  /// Random tasks in a few categories.
  static func tasks(_ random: inout SeededGenerator) -> [MixtureTask] {
    (0..<Int.random(in: 1...6, using: &random)).map { number in
      let count = Int.random(in: 1...60, using: &random)
      return MixtureTask(
        name: "task \(number)", category: ["QA", "IE", "GEN"][Int.random(in: 0..<3, using: &random)],
        tokens: (0..<count).map { _ in Int.random(in: 1...90, using: &random) })
    }
  }

  static let policies: [MixtureSettings.Policy] = [
    .proportional, .uniform, .temperature(2), .temperature(0.7),
    .weights(Dictionary(uniqueKeysWithValues: (0..<6).map { ("task \($0)", Double($0 + 1)) })),
  ]

  /// What a policy says of each task, relative to each other.
  static func parts(_ tasks: [MixtureTask], _ policy: MixtureSettings.Policy) -> [Double] {
    tasks.map { task in
      switch policy {
      case .proportional: Double(task.tokens.count)
      case .uniform: 1
      case .temperature(let t): pow(Double(task.tokens.count), 1 / t)
      case .weights(let weights): weights[task.name] ?? 0
      }
    }
  }

  static let names = Set((0..<6).map { "task \($0)" })

  @Test func countsMatchThePolicyWithinOneExampleAndNeverFallWithTheBudget() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<60 {
      let tasks = Self.tasks(&random)
      for policy in Self.policies {
        let parts = Self.parts(tasks, policy)
        var before = tasks.map { _ in 0 }
        for total in 1...80 {
          let counts = TrainingMixture.apportion(total, parts)
          #expect(counts.reduce(0, +) == total)
          for (count, part) in zip(counts, parts) {
            #expect(abs(Double(count) - Double(total) * part / parts.reduce(0, +)) < 1 + 1e-6)
          }
          #expect(zip(before, counts).allSatisfy { $0 <= $1 })
          before = counts
        }
        let settings = MixtureSettings(policy: policy, budget: .totalExamples(5000))
        #expect(
          try TrainingMixture.counts(tasks, settings, known: Self.names) == TrainingMixture.apportion(5000, parts))
      }
    }
  }

  /// Rounding by largest remainders takes a seat away here when the total grows from 25 to 26.
  @Test func apportionmentIsFreeOfTheAlabamaParadox() {
    let shares = [1429.0, 8571, 10000]
    for total in 1..<200 {
      let (less, more) = (TrainingMixture.apportion(total, shares), TrainingMixture.apportion(total + 1, shares))
      #expect(zip(less, more).allSatisfy { $0 <= $1 })
    }
  }

  @Test func categoriesAreSharedOutBeforeTasks() throws {
    let tasks = [
      MixtureTask(name: "a", category: "QA", count: 300), MixtureTask(name: "b", category: "QA", count: 100),
      MixtureTask(name: "c", category: "IE", count: 50),
    ]
    func counts(_ policy: MixtureSettings.Policy, _ budget: MixtureSettings.Budget) throws -> [Int] {
      try TrainingMixture.counts(tasks, MixtureSettings(policy: policy, unit: .category, budget: budget))
    }
    #expect(try counts(.uniform, .totalExamples(80)) == [30, 10, 40])
    #expect(try counts(.weights(["QA": 1, "IE": 3]), .totalExamples(80)) == [15, 5, 60])
    #expect(try counts(.temperature(1), .totalExamples(45)) == [30, 10, 5])
    #expect(try counts(.proportional, .all) == [300, 100, 50])
    #expect(try counts(.proportional, .examplesPerTask(60)) == [60, 60, 50])
    #expect(try counts(.uniform, .examplesPerTask(60)) == [60, 60, 60])
  }

  /// Equal exposure: what else is trained on changes nothing. Equal total: it takes its part.
  @Test func exposureDoesNotDependOnOtherTasksAndTotalsDo() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<40 {
      let tasks = Self.tasks(&random)
      for policy in Self.policies {
        let exposure = MixtureSettings(policy: policy, budget: .examplesPerTask(20))
        let total = MixtureSettings(policy: policy, budget: .totalExamples(600))
        let together = try TrainingMixture.counts(tasks, exposure, known: Self.names)
        for (task, count) in zip(tasks, together) {
          #expect(try TrainingMixture.counts([task], exposure, known: Self.names) == [count])
          #expect(try TrainingMixture.counts([task], total, known: Self.names) == [600])
        }
        #expect(try TrainingMixture.counts(tasks, total, known: Self.names).reduce(0, +) == 600)
      }
    }
  }

  @Test func tokensStayWithinTheBudgetAndNextToThePolicy() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<60 {
      let tasks = Self.tasks(&random)
      for budget in [4000, 9000] {
        let counts = try TrainingMixture.counts(
          tasks, MixtureSettings(policy: .uniform, budget: .totalTokens(budget)))
        let used = zip(tasks, counts).map { task, count in
          (0..<count).reduce(0) { $0 + task.tokens[$1 % task.tokens.count] }
        }
        #expect(used.reduce(0, +) <= budget)
        for (task, used) in zip(tasks, used) {
          let part = Double(budget) / Double(tasks.count)
          #expect(Double(used) <= part + 1e-6 && part - Double(used) <= Double(task.tokens.max() ?? 0))
        }
      }
    }
  }

  /// A task's own examples in an order, by their numbers.
  static func own(_ order: [Int], _ task: Int, of tasks: [MixtureTask]) -> [Int] {
    let first = tasks[..<task].reduce(0) { $0 + $1.tokens.count }
    return order.filter { first..<first + tasks[task].tokens.count ~= $0 }.map { $0 - first }
  }

  @Test func aTasksExamplesKeepTheirOrderWhateverElseIsTrainedOn() throws {
    var random = SeededGenerator(seed: 4)
    for seed in 0..<30 as Range<UInt64> {
      let tasks = Self.tasks(&random)
      let settings = MixtureSettings(policy: .uniform, budget: .examplesPerTask(25), epochs: 3)
      let together = try TrainingMixture.orders(tasks, settings, seed: seed)
      for (number, task) in tasks.enumerated() {
        let alone = try TrainingMixture.orders([task], settings, seed: seed)
        #expect(alone == together.map { Self.own($0, number, of: tasks) })
      }
    }
  }

  @Test func smallerBudgetsSeePrefixesInTheSameOrder() throws {
    var random = SeededGenerator(seed: 5)
    for seed in 0..<30 as Range<UInt64> {
      let tasks = Self.tasks(&random).map { MixtureTask(name: $0.name, category: $0.category, count: 200) }
      let small = try TrainingMixture.orders(tasks, MixtureSettings(budget: .totalExamples(40)), seed: seed)[0]
      let large = try TrainingMixture.orders(tasks, MixtureSettings(budget: .totalExamples(150)), seed: seed)[0]
      for number in tasks.indices {
        let (few, many) = (Self.own(small, number, of: tasks), Self.own(large, number, of: tasks))
        #expect(few.sorted() == Array(0..<few.count))
        #expect(many.filter { $0 < few.count } == few)
      }
    }
  }

  @Test func everythingOnceIsEveryExampleOnceAndEpochsDiffer() throws {
    let tasks = [(name: "a", count: 30), (name: "b", count: 20)]
    let orders = TrainingMixture.proportional(tasks, epochs: 2, seed: 7)
    #expect(orders.map { $0.sorted() } == [Array(0..<50), Array(0..<50)])
    #expect(orders[0] != orders[1])
    #expect(orders != TrainingMixture.proportional(tasks, epochs: 2, seed: 8))
    let mixed = tasks.map { MixtureTask(name: $0.name, category: "", count: $0.count) }
    #expect(
      try TrainingMixture.orders(mixed, MixtureSettings(budget: .totalExamples(50), epochs: 2), seed: 7) == orders)
  }

  @Test func settingsThatMakeNoSenseAreRefusedInWords() throws {
    let tasks = [MixtureTask(name: "a", category: "QA", count: 9), MixtureTask(name: "b", category: "IE", count: 1)]
    func refusal(_ settings: MixtureSettings) -> String {
      do {
        return "\(try TrainingMixture.counts(tasks, settings))"
      } catch { return "\(error)" }
    }
    #expect(
      MixtureSettings(policy: .temperature(0), budget: .totalTokens(0), epochs: 0).problems == [
        "epochs must be at least 1, not 0", "the temperature must be above 0, not 0.0",
        "total-tokens must be at least 1, not 0",
      ])
    #expect(refusal(MixtureSettings(policy: .temperature(.nan))).contains("the temperature must be above 0"))
    #expect(
      refusal(MixtureSettings(policy: .weights(["a": 1, "c": 1])))
        == "there is no weight for b; give one, or 0; there is a weight for c, which no task belongs to")
    #expect(refusal(MixtureSettings(budget: .totalExamples(2))).contains("the budget leaves no example for b"))
    #expect(refusal(MixtureSettings(policy: .weights(["a": 1, "b": 0]), budget: .totalExamples(4))) == "[4, 0]")
  }

  @Test func settingsAreReadFromYAMLWithEveryMistake() throws {
    func read(_ text: String) throws -> (MixtureSettings, [String]) {
      let section = try YAMLSection(text: text, file: "sweep.yaml")
      let settings = MixtureSettings(section)
      return (settings, section.mistakes.all.map(\.message))
    }
    let (settings, none) = try read("temperature: 2\nunit: category\ntotal-tokens: 5000\nepochs: 3\n")
    #expect(none.isEmpty)
    #expect(
      settings == MixtureSettings(policy: .temperature(2), unit: .category, budget: .totalTokens(5000), epochs: 3))
    #expect(try read("weights: {a: 1, b: 0.5}\n").0.policy == .weights(["a": 1, "b": 0.5]))
    let (_, mistakes) = try read("policy: uniform\ntemperature: 2\nexamples-per-task: 5\ntotal-examples: 9\nepoch: 2\n")
    #expect(mistakes.contains("`temperature` belongs to another `policy`"))
    #expect(mistakes.contains { $0.hasPrefix("`total-examples` cannot be given with `examples-per-task`") })
    #expect(mistakes.contains("`epoch` is not a known key; did you mean `epochs`?"))
  }
}
