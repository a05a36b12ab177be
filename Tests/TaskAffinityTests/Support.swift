import Foundation
import TaskAffinity
import Testing

/// Decodes one fixture.
func fixture<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
  let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
  return try JSONDecoder().decode(T.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
}

/// Whether the long simulations run: `MTL_TEST_FULL=1`.
let runsFullSimulations = ProcessInfo.processInfo.environment["MTL_TEST_FULL"] == "1"

func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
  abs(a - b) <= tolerance * max(1, abs(a), abs(b))
}

/// What a simulated sweep is made of; standard deviations are of the loss per token.
struct SimulatedSweep {
  var tasks = 3
  var seeds = 3
  var examples = 60
  var seedSD = 0.02
  var exampleSD = 0.1
  var residualSD = 0.05

  /// The expected loss per token of a subset on a task.
  func truth(_ subset: Subset, task: Int) -> Double {
    var loss = 2.0 + 0.1 * Double(task)
    for unit in subset.units {
      guard let source = Int(unit.dropFirst()) else { continue }
      loss -= source == task ? 0.5 : 0.05 * Double((source + 2 * task) % 3 - 1)
    }
    return loss
  }

  var units: [String] { (0..<tasks).map { "t\($0)" } }

  var allSubsets: [Subset] {
    (1..<(1 << tasks)).map { bits in Subset(units.indices.filter { bits >> $0 & 1 == 1 }.map { units[$0] }) }
  }

  /// Scores with additive example effects of each subset, seed effects and residuals, constant answer length.
  func table(subsets: [Subset], generator: inout SplitMix64) throws -> ScoreTable {
    var table = try ScoreTable(
      tasks: units.map { ScoredTask(name: $0, category: $0) }, unitKind: .task, estimand: .equalExposure)
    for task in 0..<tasks {
      let ids = (0..<examples).map { "e\($0)" }
      let tokens = Array(repeating: 4, count: examples)
      for subset in [.base] + subsets {
        // Examples differ in how much a subset changes them: the variance that a gain over the base carries.
        let example = (0..<examples).map { _ in exampleSD * generator.normal() }
        for seed in subset.isBase ? [nil] : (0..<seeds).map(Optional.some) {
          let shift = subset.isBase ? 0 : seedSD * generator.normal()
          let nll = example.map { effect in
            4 * (truth(subset, task: task) + effect + shift + (subset.isBase ? 0 : residualSD * generator.normal()))
          }
          try table.insert(
            ExampleScores(exampleIDs: ids, nll: nll, tokens: tokens), subset: subset, seed: seed, task: units[task])
        }
      }
    }
    return table
  }
}
