import Experiments
import Foundation
import MTL
import TaskAffinity

/// A sweep's folder whose run files are made up, in the shape that real ones have.
struct SyntheticSweep {
  var tasks = 3
  var subsets = 6
  var examples = 5
  /// Number of the run that is left out; nil for none.
  var missing: Int?
  var taskName: (Int) -> String = { "task-\($0)" }
  var prompt: (Int) -> String = { "Question \($0)?" }
  var answer: (Int, Int) -> String = { "answer \($0) of \($1)" }

  static let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)> & \"\u{2028}=cmd|'/C calc'!A0"

  /// What is needed of `SweepFolder.Plan`.
  private struct Plan: Encodable {
    struct Task: Encodable {
      var name: String
      var category: String
    }
    struct Run: Encodable {
      var id: String
      var subset: Subset
      var seed: Int?
      var evaluations: [String: String]
    }
    var name: String
    var units = "task"
    var estimand = "equal-exposure"
    var tasks: [Task]
    var runs: [Run]
  }

  /// Writes plan, specification, kept examples and run files.
  func write(_ folder: String) throws {
    for name in ["runs", "examples"] {
      try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    let names = (0..<tasks).map(taskName)
    let digests = Dictionary(uniqueKeysWithValues: names.map { ($0, RunIdentity.digest(of: $0)) })
    var plan: [(id: String, subset: Subset, seed: Int?)] = [(RunIdentity.digest(of: "base"), .base, nil)]
    for number in 0..<subsets {
      // All single tasks, then pairs, then triples of neighbours.
      let size = number / tasks + 1
      let subset = Subset((0..<min(size, tasks)).map { names[(number + $0) % tasks] })
      if plan.contains(where: { $0.subset == subset }) { continue }
      plan.append((RunIdentity.digest(of: "run \(number)"), subset, 1))
    }
    let record = Plan(
      name: taskName(0), tasks: names.map { .init(name: $0, category: "category of \($0)") },
      runs: plan.map { .init(id: $0.id, subset: $0.subset, seed: $0.seed, evaluations: digests) })
    try RunIdentity.canonicalJSON(record).write(toFile: folder + "/plan.json", atomically: true, encoding: .utf8)
    try Data("name: synthetic\n".utf8).write(to: URL(filePath: folder + "/sweep.yaml"))
    for name in names {
      let lines = try (0..<examples).map { number in
        try RunIdentity.canonicalJSON(
          KeptExample(id: "\(name)/\(number)", prompt: prompt(number), reference: "reference \(number)")) + "\n"
      }
      try Data(lines.joined().utf8).write(
        to: URL(filePath: SweepFolder(folder).examplesPath(digests[name] ?? "")))
    }
    for (number, run) in plan.enumerated() where number != missing {
      try write(number, run.id, run.subset, to: SweepFolder(folder).runPath(run.id))
    }
  }

  private func write(_ number: Int, _ id: String, _ subset: Subset, to path: String) throws {
    var generator = CounterBasedGenerator(seed: UInt64(number), purpose: .sampling)
    let evaluations = (0..<tasks).map { task -> TaskEvaluation in
      let name = taskName(task)
      let gain = subset.contains(name) ? 1.0 : -0.05 * Double((number + task) % 5)
      let ids = (0..<examples).map { "\(name)/\($0)" }
      let hits = (0..<examples).map { _ in generator.nextUnitFloat() < Float(0.4 + 0.3 * gain) ? 1.0 : 0 }
      return TaskEvaluation(
        task: name, category: "category of \(name)", exampleIDs: ids, clusters: ids,
        nll: (0..<examples).map { _ in 4 - 2 * gain + Double(generator.nextUnitFloat()) },
        tokens: ids.map { _ in 2 }, predictions: (0..<examples).map { answer($0, number) },
        references: (0..<examples).map { "reference \($0)" },
        metrics: [
          MetricScores(
            name: "acc", higherIsBetter: true, parts: hits.map { [$0] },
            score: hits.reduce(0, +) / Double(examples))
        ])
    }
    let history = (1...40).map { step in
      TrainingStep(
        step: step, tokens: 100, labelTokens: 10, loss: 4 / Double(step).squareRoot() + Double(number) * 0.01,
        learningRate: 1e-3, gradNorm: 1, seconds: 0.1)
    }
    try RunFile.write(
      RunRecord(
        runID: id, settings: #"{"lora": {"rank": 8, "targets": ["q_proj"]}, "seed": 1}"#,
        digests: ["base": "b"], programVersion: "0", environment: ["cpu": "one"],
        lora: LoRASettings(rank: 1, alpha: 1, targets: [.q]), adapterTensors: [],
        history: subset.isBase ? [] : history, evaluation: evaluations, isFinished: true), to: path)
  }
}

/// A folder that is removed afterwards.
func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
  let folder = NSTemporaryDirectory() + "/mtl-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}
