import Foundation
import MTL
import Testing

/// Real sweeps of the shipped tasks, shortened: two categories, two layers, a few examples.
@Suite(.serialized) struct SweepCommandTests {
  private func specification(_ folder: String) throws -> String {
    let path = folder + "/small.yaml"
    try """
    base: smollm2-135m
    tasks: [\(packageFolder)/tasks/quickstart/yes-no-maybe.yaml, \(packageFolder)/tasks/quickstart/medications.yaml]
    subsets: all
    budget: {examples-per-task: 6, epochs: 1}
    lora: {rank: 4, alpha: 8, dropout: 0.1, targets: [q_proj, v_proj], layers: 2}
    training: {learning-rate: 2.0e-3, batch-size: 4, max-length: 128}
    evaluation: {examples-per-task: 5}
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private struct Status: Decodable {
    struct Run: Decodable {
      var id: String
      var status: String
    }
    var finished: Int
    var runs: [Run]
  }

  private func status(_ folder: String) throws -> Status {
    try JSONDecoder().decode(Status.self, from: Data(try mtl("sweep", "status", folder, "--json").output.utf8))
  }

  /// What a run's results are: adapter, losses and scores, without the times.
  private func results(_ folder: String) throws -> [String: ([AdapterTensor], [TaskEvaluation])] {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/runs")
    return try Dictionary(
      uniqueKeysWithValues: files.map { file in
        let record = try RunFile.read(folder + "/runs/" + file)
        return (file, (record.adapterTensors, record.evaluation))
      })
  }

  @Test func aSweepThatWasKilledEndsAsIfItHadNotBeen() throws {
    try withFolder { folder in
      let specification = try specification(folder)
      let whole = try mtl("sweep", "run", specification, "--out", folder + "/whole", "--quiet", "--workers", "2")
      #expect(whole.status == 0, "\(whole.errors)")
      let finished = try status(folder + "/whole")
      #expect(finished.finished == 4 && finished.runs.count == 4)

      // Killed as soon as the first files are there, then again a little later, then left to end.
      for files in [1, 3] {
        let (process, _, _) = try makeProcess(
          ["sweep", "run", specification, "--out", folder + "/killed", "--quiet", "--workers", "1"])
        try process.run()
        let runs = folder + "/killed/runs"
        while process.isRunning {
          let count = (try? FileManager.default.contentsOfDirectory(atPath: runs).count) ?? 0
          if count >= files { break }
          usleep(2000)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      let rest = try mtl("sweep", "run", specification, "--out", folder + "/killed", "--quiet")
      #expect(rest.status == 0, "\(rest.errors)")
      let (expected, found) = (try results(folder + "/whole"), try results(folder + "/killed"))
      #expect(Set(expected.keys) == Set(found.keys.filter { $0.hasSuffix(".h5") }))
      for (file, result) in expected {
        #expect(found[file]?.0 == result.0)
        #expect(found[file]?.1 == result.1)
      }

      let before =
        try FileManager.default.attributesOfItem(
          atPath: folder + "/whole/runs/" + finished.runs[1].id + ".h5")[.modificationDate] as? Date
      #expect(try mtl("sweep", "run", specification, "--out", folder + "/whole", "--quiet").status == 0)
      let after =
        try FileManager.default.attributesOfItem(
          atPath: folder + "/whole/runs/" + finished.runs[1].id + ".h5")[.modificationDate] as? Date
      #expect(before == after, "a run that is there is not done again")

      let matrix = try mtl("affinity", "matrix", folder + "/whole", "--draws", "200")
      #expect(matrix.status == 0, "\(matrix.errors)")
      for text in ["trained on", "yes-no-maybe", "medications", "IE+QA", "95%", "zero-shot", "pairwise"] {
        #expect(matrix.output.contains(text), "\(text)")
      }
      #expect(!matrix.output.contains("unknown: "))
      let json = try mtl("affinity", "matrix", folder + "/whole", "--draws", "200", "--metric", "acc", "--json")
      #expect((try? JSONSerialization.jsonObject(with: Data(json.output.utf8))) != nil)

      try FileManager.default.removeItem(atPath: folder + "/whole/runs/" + finished.runs[3].id + ".h5")
      let gap = try mtl("affinity", "matrix", folder + "/whole", "--draws", "200")
      #expect(gap.output.contains("missing (IE+QA seed 1)"))
    }
  }

  @Test func mistakesAndMissingSweepsAreSaid() throws {
    try withFolder { folder in
      let path = folder + "/bad.yaml"
      try "base: smollm2-135m\ntasks: [\(folder)/none]\nsubsets: all\n".write(
        toFile: path, atomically: true, encoding: .utf8)
      let missing = try mtl("sweep", "run", path, "--out", folder + "/o")
      #expect(missing.status == 1 && missing.errors.contains("there is no task manifest at \(folder)/none"))
      let none = try mtl("affinity", "matrix", folder)
      #expect(none.status == 1 && none.errors.contains("there is no sweep in \(folder)"))
    }
  }
}
