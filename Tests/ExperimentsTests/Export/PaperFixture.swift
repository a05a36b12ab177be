import Experiments
import Foundation
import MTL
import Testing

/// A sweep of three categories and every subset of them, of made-up scores: what papers' exports are tried on.
struct PaperFixture {
  /// Names that mean something to LaTeX, XML, Markdown, Python or spreadsheets.
  static let hostileTasks = [
    ("a_b%&#[x]", "Q_A"), ("\\input{/etc/passwd}$x$", "I&E"), ("=c^~{d}<e>\"'`|", "G%N"),
    ("naïve β 漢 \u{1F600}", "Q_A"),
  ]
  static let plainTasks = [("qa-long-name", "QA"), ("ie", "IE"), ("gen", "GEN"), ("qa-two", "QA")]

  var tasks = plainTasks
  var seeds = [1, 2]
  var name = "made-up"
  /// Which runs have files.
  var isThere: (_ subset: [String], _ seed: Int?) -> Bool = { _, _ in true }
  var examples = 6

  private var units: [String] {
    var units: [String] = []
    for (_, category) in tasks where !units.contains(category) { units.append(category) }
    return units
  }

  /// Writes the sweep to a new folder, which is removed afterwards.
  func use(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "/mtl-paper-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write(to: folder)
    try body(folder)
  }

  private func write(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder + "/runs", withIntermediateDirectories: true)
    var runs: [[String: Any]] = []
    for mask in 0..<(1 << units.count) {
      let subset = units.indices.filter { mask >> $0 & 1 == 1 }.map { units[$0] }
      for seed in subset.isEmpty ? [nil] : seeds.map(Optional.some) {
        let id = "run-\(mask)-\(seed ?? 0)"
        var run: [String: Any] = ["id": id, "subset": subset]
        if let seed { run["seed"] = seed }
        runs.append(run)
        if isThere(subset, seed) { try writeRun(id, subset, seed, to: SweepFolder(folder).runPath(id)) }
      }
    }
    let plan: [String: Any] = [
      "name": name, "units": "category", "estimand": "equal-exposure", "runs": runs,
      "tasks": tasks.map { ["name": $0.0, "category": $0.1] },
    ]
    try JSONSerialization.data(withJSONObject: plan).write(to: URL(filePath: folder + "/plan.json"))
    try Data("name: s\nbase: smollm2-135m\ntasks: t\n".utf8).write(to: URL(filePath: folder + "/sweep.yaml"))
  }

  /// QA and IE help each other and themselves, GEN hurts QA; every number is a little off, the same each time.
  private func writeRun(_ id: String, _ subset: [String], _ seed: Int?, to path: String) throws {
    let evaluation = tasks.enumerated().map { number, task in
      let own = units.firstIndex(of: task.1) ?? 0
      let gain = subset.reduce(0.0) { sum, unit in
        let other = units.firstIndex(of: unit) ?? 0
        return sum + (own == other ? 0.8 : own + other == 1 ? 0.3 : other == 2 && own == 0 ? -0.2 : 0.01)
      }
      let nll = (0..<examples).map { index in
        8 - gain + 0.1 * Double(index) + 0.03 * Double((index * 7 + number * 3 + (seed ?? 0) * 5 + subset.count) % 11)
      }
      let ids = (0..<examples).map { "e\($0)" }
      return TaskEvaluation(
        task: task.0, category: task.1, exampleIDs: ids, clusters: ids, nll: nll, tokens: ids.map { _ in 2 },
        metrics: [
          MetricScores(
            name: "acc", higherIsBetter: true,
            parts: (0..<examples).map { [($0 + subset.count) % 3 == 0 ? 1.0 : 0.0] }, score: 0.5)
        ])
    }
    let history =
      subset.isEmpty
      ? []
      : (1...5).map { step in
        TrainingStep(
          step: step, tokens: 20, labelTokens: 8, loss: 3 - 0.3 * Double(step), learningRate: 1e-3, gradNorm: 1,
          seconds: 0.5)
      }
    try RunFile.write(
      RunRecord(
        runID: id, settings: "{}", digests: [:], programVersion: "0",
        lora: LoRASettings(rank: 1, alpha: 1, targets: [.q]), adapterTensors: [], history: history,
        evaluation: evaluation, isFinished: true), to: path)
  }
}

/// Where a program is that some machines lack; nil after a line that says so.
func optionalProgram(_ name: String, package: String) -> String? {
  for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
    let path = "\(folder)/\(name)"
    if FileManager.default.isExecutableFile(atPath: path) { return path }
  }
  print("skipped: \(name) is not installed (\(package), or run script/setup --all)")
  return nil
}

/// Runs a program in a folder; returns its status and all that it printed.
func runProgram(_ program: String, _ arguments: [String], in folder: String) throws -> (status: Int32, text: String) {
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.currentDirectoryURL = URL(filePath: folder)
  process.standardInput = FileHandle.nullDevice
  let output = Pipe()
  process.standardOutput = output
  process.standardError = output
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, text)
}

/// The text of a file.
func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
