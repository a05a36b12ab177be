import Foundation
import MTL
import Testing

/// Grids, mixtures, plans and the shipped specifications, run on a tiny base.
@Suite(.serialized) struct SweepSettingsTests {
  private struct Estimate: Decodable {
    struct Size: Decodable {
      var steps: Int
      var trainingTokens: Int
      var evaluationTokens: Int
    }
    struct Run: Decodable {
      var id: String
      var title: String
      var finished: Bool
      var size: Size
    }
    var runs: [Run]
    var secondsLeft: Double
    var bytes: Int
    var source: String
  }

  private func plan(_ arguments: [String]) throws -> Estimate {
    let (process, output, errors) = try makeProcess(["sweep", "plan", "--json"] + arguments)
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let error = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    try #require(process.terminationStatus == 0, "\(error)")
    return try JSONDecoder().decode(Estimate.self, from: text)
  }

  @Test func aGridSharesItsBaseAndHasAMatrixForEveryPoint() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, extra: "grid: {lora.rank: [2, 4]}", seeds: "[1]")
      let before = try plan([sweep.specification])
      #expect(before.runs.count == 7 && before.source == "the machine's matrix products")
      #expect(before.runs.allSatisfy { !$0.finished } && before.secondsLeft > 0 && before.bytes > 0)
      let out = folder + "/out"
      #expect(try mtl("sweep", "run", sweep.specification, "--out", out, "--quiet").status == 0)
      let results = try TinySweep.results(out)
      #expect(results.count == 7)
      let after = try plan([sweep.specification, "--out", out])
      #expect(after.runs.allSatisfy(\.finished) && after.secondsLeft == 0 && after.source == "finished runs")
      let record = try RunFile.read(out + "/runs/\(after.runs[6].id).h5")
      #expect(record.history.count == after.runs[6].size.steps)
      #expect(record.history.reduce(0) { $0 + $1.tokens } == after.runs[6].size.trainingTokens)
      let without = try mtl("affinity", "matrix", out, "--draws", "100")
      #expect(without.status == 1 && without.errors.contains("\"lora.rank=2\", \"lora.rank=4\""))
      let matrix = try mtl("affinity", "matrix", out, "--draws", "100", "--point", "lora.rank=4")
      #expect(matrix.status == 0 && matrix.output.contains("CASE+COPY"), "\(matrix.errors)")

      // The same runs again as a sweep of its own: nothing is left to do, and gc knows both.
      let one = try mtl("sweep", "run", sweep.specification, "lora.rank=4", "name=four", "--out", out)
      #expect(one.errors.contains("0 of them done here"), "\(one.errors)")
      #expect(try mtl("sweep", "gc", out).output.contains("0 files"))
      // Changed under its name, the sweep needs other runs; the other one's stay.
      #expect(try mtl("sweep", "run", sweep.specification, "lora.rank=8", "--out", out, "--quiet").status == 0)
      let garbage = try mtl("sweep", "gc", out).output
      #expect(garbage.contains("3 files") && garbage.contains("no sweep needs it"), "\(garbage)")
    }
  }

  @Test func otherTestExamplesAreScoredWithoutTrainingAgain() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, seeds: "[1]")
      let out = folder + "/out"
      #expect(try mtl("sweep", "run", sweep.specification, "--out", out, "--quiet").status == 0)
      let before = try TinySweep.results(out)
      let more = try mtl("sweep", "run", sweep.specification, "evaluation.examples-per-task=8", "--out", out)
      #expect(more.status == 0 && more.errors.contains("4 of them done here"), "\(more.errors)")
      let after = try TinySweep.results(out)
      #expect(before.keys == after.keys)
      for (file, result) in before {
        #expect(after[file]?.adapter == result.adapter && after[file]?.losses == result.losses)
        #expect(after[file]?.evaluation.allSatisfy { $0.exampleIDs.count == 8 } == true)
      }
    }
  }

  @Test func mixturesAndOverlapBelongToARunsIdentityAndFile() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, seeds: "[1]")
      let plain = try plan([sweep.specification])
      let same = try plan([
        sweep.specification, "budget=null", "mixture={examples-per-task: 12, epochs: 2}", "exclude-overlap=true",
      ])
      #expect(same.runs.map(\.id) == plain.runs.map(\.id), "defaults and nothing to exclude change no id")
      // One test example of a task, to train on.
      let test = try String(contentsOfFile: folder + "/upper.test.jsonl", encoding: .utf8)
      let train = try String(contentsOfFile: folder + "/upper.train.jsonl", encoding: .utf8)
      try (train + "\n" + test.split(separator: "\n")[0]).write(
        toFile: folder + "/upper.train.jsonl", atomically: true, encoding: .utf8)
      let mixed = [
        "budget=null", "mixture={policy: uniform, unit: category, total-examples: 20}", "exclude-overlap=true",
      ]
      let total = try plan([sweep.specification] + mixed)
      #expect(total.runs.dropFirst().allSatisfy { $0.size.steps == 5 }, "20 examples in fours, whatever the subset")
      #expect(Set(total.runs.dropFirst().map(\.id)).isDisjoint(with: plain.runs.map(\.id)))
      let out = folder + "/out"
      #expect(
        try mtl("sweep", "run", sweep.specification, mixed[0], mixed[1], mixed[2], "--out", out, "--quiet").status == 0)
      let run = try #require(total.runs.first { $0.title.hasPrefix("CASE+COPY") })
      let record = try RunFile.read(out + "/runs/\(run.id).h5")
      #expect(record.settings.contains(#""mixture":{"budget":{"totalExamples":{"_0":20}}"#), "\(record.settings)")
      #expect(record.settings.contains(#""excludedOverlap":{"upper":1}"#), "\(record.settings)")
    }
  }

  @Test func everyRunHasAnEventFileOfAllOfItsStepsAndScores() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, seeds: "[1]")
      let (out, log) = (folder + "/out", folder + "/log")
      #expect(try mtl("sweep", "run", sweep.specification, "--out", out, "--quiet", "--tensorboard", log).status == 0)
      func sizes(_ folder: String) throws -> [String: Int] {
        try Dictionary(
          uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: folder).map { run in
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/" + run)
            #expect(files.count == 1 && files[0].hasPrefix("events.out.tfevents."))
            return (run, try Data(contentsOf: URL(filePath: "\(folder)/\(run)/\(files[0])")).count)
          })
      }
      let live = try sizes(log)
      #expect(live.count == 4 && live.values.allSatisfy { $0 > 100 })
      // Written afterwards, from the runs' files, they are as long.
      #expect(try mtl("sweep", "run", sweep.specification, "--out", out, "--tensorboard", log + "2").status == 0)
      #expect(try sizes(log + "2") == live)
      let python = ProcessInfo.processInfo.environment["MTL_TENSORBOARD_PYTHON"]
      if let python { try readByTensorBoard(log, python: python, out) }
    }
  }

  /// What the real package reads: the losses of every step, which the run files hold too.
  private func readByTensorBoard(_ log: String, python: String, _ out: String) throws {
    let script = """
      import glob, json, os, sys
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      runs = {}
      for folder in glob.glob(sys.argv[1] + "/*"):
        events = EventAccumulator(folder)
        events.Reload()
        has = "train/loss" in events.Tags()["scalars"]
        assert "test/first/loss" in events.Tags()["scalars"]
        runs[os.path.basename(folder)[-8:]] = [e.value for e in events.Scalars("train/loss")] if has else []
      print(json.dumps(runs))
      """
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = ["-c", script, log]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let read = try JSONDecoder().decode([String: [Float]].self, from: text)
    let expected = try TinySweep.results(out)
    #expect(read.count == expected.count)
    for (file, result) in expected { #expect(read[String(file.prefix(8))] == result.losses.map(Float.init)) }
  }

  static let specifications = [
    "category-subsets", "rank", "training-set-size", "leave-one-out", "base-models", "quickstart",
  ]

  @Test(arguments: specifications) func shippedSpecificationsRunShortened(_ name: String) throws {
    try withFolder { folder in
      try TinyBase.write(folder + "/base")
      try TinyBase.write(folder + "/other", seed: 2)
      var changes = [
        "template=chatml", "training.max-length=1800", "training.micro-batch-tokens=256",
        "evaluation.examples-per-task=1", "seeds=[1]", "lora.layers=1",
      ]
      changes += name == "base-models" ? ["grid.base=[\(folder)/base, \(folder)/other]"] : ["base=\(folder)/base"]
      // As it is, but for the base: it can be planned.
      let whole = try plan(["experiments/\(name).yaml"] + changes)
      #expect(whole.runs.count >= 5)
      if name == "leave-one-out" {
        changes.append("mixture.total-examples=6")
      } else if name == "training-set-size" {
        changes.append("grid.budget.examples-per-task=[1, 2]")
      } else {
        changes.append("budget.examples-per-task=1")
      }
      let (process, _, errors) = try makeProcess(
        ["sweep", "run", "experiments/\(name).yaml", "--out", folder + "/out", "--quiet"] + changes)
      try process.run()
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(text)")
      let status = try StatusReport(folder + "/out")
      #expect(status.finished == status.runs.count && status.finished >= 5)
    }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["MTL_DATA"]?.isEmpty == false, "MTL_DATA names no data"))
  func theBiomedicalSpecificationIsPlannedOnTheData() throws {
    let plan = try plan(["experiments/biomedical.yaml"])
    #expect(plan.runs.count == 8 && plan.runs.allSatisfy { $0.size.evaluationTokens > 0 })
  }
}
