// A task written in Swift: how many millilitres hold a dose.
//
//   swift run SwiftTaskExample
import MTL

/// Questions that are made up from numbers, so that no two are the same.
struct DoseTask: InstructionTask {
  let name = "dose"
  let category = "Calculation"
  let outputType = OutputType.generateUntil
  let generation = TaskGeneration(maxNewTokens: 8, until: ["\n"])
  let metrics: [any Metric]

  init() throws { metrics = [try Metrics.named("exact_match")] }

  func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) throws -> [TaskExample] {
    // Training and test examples have different doses, so that neither are in the other.
    let all = (1...40).map { number in
      let strength = [5, 10, 20, 25][number % 4]
      let dose = strength * (split == .train ? 2 * number : 2 * number + 1)
      return TaskExample(
        id: "\(split.rawValue)-\(number)",
        prompt: "A solution has \(strength) mg in 1 ml. How many millilitres hold \(dose) mg?",
        target: "\(dose / strength) ml")
    }
    return sampled(all, split, limit: limit, seed: seed)
  }

  func digest() throws -> String { "dose 1" }
}

@main
struct SwiftTaskExample {
  static func main() throws {
    var registry = TaskRegistry()
    try registry.register(DoseTask())
    for task in try registry.tasks() {
      print("\(task.name) (\(task.category))")
      for example in try task.examples(.train, limit: 3, seed: 1) {
        print("  \(example.prompt)  ->  \(example.target)")
      }
    }
  }
}
