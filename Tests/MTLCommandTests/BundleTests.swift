import Experiments
import Foundation
import MTL
import Testing

@Suite struct BundleTests {
  /// A finished sweep of a tiny base.
  private func withSweep(_ body: (TinySweep, String) throws -> Void) throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, examples: 6, epochs: 1, seeds: "[1]")
      let out = folder + "/out"
      let result = try mtl("sweep", "run", sweep.specification, "--out", out, "--quiet")
      try #require(result.status == 0, "\(result.errors)")
      try body(sweep, out)
    }
  }

  @Test func sweepKeepsItsTestExamplesAndGarbageCollectionLeavesThem() throws {
    try withSweep { sweep, out in
      let results = try SweepResults(SweepFolder(out))
      let examples = try #require(results.examples["upper"])
      let ids = results.runs[0].evaluation.first { $0.task == "upper" }?.exampleIDs
      #expect(examples.map(\.id) == ids)
      #expect(examples.allSatisfy { $0.prompt.hasPrefix("upper ") && !$0.reference.isEmpty })
      #expect(try SweepFolder(out).garbage().isEmpty)
      try "x".write(toFile: out + "/examples/other.jsonl", atomically: true, encoding: .utf8)
      #expect(try SweepFolder(out).garbage().map(\.path) == [out + "/examples/other.jsonl"])
      let page = try mtl("export", "html", out, "--out", sweep.folder + "/page")
      #expect(page.status == 0 && page.output == sweep.folder + "/page/report.html\n")
    }
  }

  @Test func runOfABundleDoneAgainHasTheSameBits() throws {
    try withSweep { sweep, out in
      let (bundle, second) = (sweep.folder + "/b.tar.gz", sweep.folder + "/c.tar.gz")
      #expect(try mtl("export", "bundle", out, "--out", bundle).status == 0)
      #expect(try mtl("export", "bundle", out, "--out", second).status == 0)
      #expect(try Data(contentsOf: URL(filePath: bundle)) == Data(contentsOf: URL(filePath: second)))
      let list = try mtl("sweep", "verify", bundle)
      #expect(list.status == 0 && list.output.contains("CASE seed 1"))
      let result = try mtl("sweep", "verify", bundle, "--run", "CASE seed 1", "--run", "base")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.components(separatedBy: ": identical").count == 3)
      // An unpacked bundle is a sweep's folder.
      let unpacked = try UnpackedBundle(bundle, to: sweep.folder + "/unpacked")
      #expect(try SweepResults(unpacked.folder).completeness == "complete: 4 of 4 runs are finished")
      let file = try RunFile.read(unpacked.folder.runPath(try unpacked.run("CASE seed 1").id))
      #expect(file.adapterTensors.isEmpty)
    }
  }

  @Test func verificationSeesAnotherResultAndRefusesOtherInputs() throws {
    try withSweep { sweep, out in
      let bundle = sweep.folder + "/b.tar.gz"
      // A result that was changed after the fact.
      let folder = SweepFolder(out)
      let id = try folder.run(named: "CASE").id
      var record = try RunFile.read(folder.runPath(id))
      record.evaluation[0].nll[0] += 1e-12
      record.adapterTensors[0].b.values[0] += 1e-6
      try RunFile.write(record, to: folder.runPath(id))
      #expect(try mtl("export", "bundle", out, "--out", bundle, "--adapters").status == 0)
      let result = try mtl("sweep", "verify", bundle, "--run", id)
      #expect(result.status == 1)
      #expect(result.output.contains("DIFFERS in the adapter, the likelihoods of upper"))
      // Another machine.
      record.environment["cpu"] = "another one"
      try RunFile.write(record, to: folder.runPath(id))
      #expect(try mtl("export", "bundle", out, "--out", bundle).status == 0)
      let elsewhere = try mtl("sweep", "verify", bundle, "--run", id)
      #expect(elsewhere.status == 1 && elsewhere.errors.contains("was computed with cpu another one, and this is"))
      // Other data, another base.
      record.environment["cpu"] = nil
      try RunFile.write(record, to: folder.runPath(id))
      #expect(try mtl("export", "bundle", out, "--out", bundle).status == 0)
      try TinyBase.write(sweep.folder + "/base", seed: 2)
      let other = try mtl("sweep", "verify", bundle, "--run", id)
      #expect(other.status == 1 && other.errors.contains("cannot be done again with what is here: base is not"))
      #expect(try mtl("sweep", "verify", bundle, "--run", "nothing").errors.contains("no finished run nothing"))
    }
  }

  @Test func unfinishedSweepMakesABundleThatSaysSo() throws {
    try withSweep { sweep, out in
      let folder = SweepFolder(out)
      unlink(folder.runPath(try folder.run(named: "CASE").id))
      let result = try mtl("export", "bundle", out, "--out", sweep.folder + "/b.tar.gz")
      #expect(result.status == 0 && result.errors.contains("UNFINISHED: 3 of 4 runs are finished"))
      let list = try mtl("sweep", "verify", sweep.folder + "/b.tar.gz")
      #expect(list.status == 0 && !list.output.contains("CASE seed 1\n") && list.errors.contains("UNFINISHED"))
    }
  }

  @Test func adaptersOfASweepGoOutByNameAndComputeTheSame() throws {
    try withSweep { sweep, out in
      let pairs = sweep.folder + "/pairs.jsonl"
      try #"{"prompt": "upper abc", "completion": "ABC"}"#.write(toFile: pairs, atomically: true, encoding: .utf8)
      func score(_ base: String, _ adapter: String?) throws -> Double {
        let result =
          try adapter.map { try mtl("score", "--base", base, "--adapter", $0, "--input", pairs) }
          ?? mtl("score", "--base", base, "--input", pairs)
        struct Line: Decodable { var nll: Double }
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode(Line.self, from: Data(result.output.utf8)).nll
      }
      let id = try SweepFolder(out).run(named: "CASE").id
      let expected = try score(sweep.folder + "/base", out + "/runs/\(id).h5")
      let (peft, merged) = (sweep.folder + "/peft", sweep.folder + "/merged")
      #expect(try mtl("export", "peft", out, "--run", "CASE", "--out", peft).status == 0)
      #expect(try score(sweep.folder + "/base", peft) == expected)
      let result = try mtl("export", "merged", out + "/runs/\(id).h5", "--format", "hf", "--out", merged)
      #expect(result.status == 0, "\(result.errors)")
      #expect(abs(try score(merged, nil) - expected) < 1e-4)
      let lora = sweep.folder + "/a.gguf"
      #expect(try mtl("export", "gguf-lora", out, "--run", String(id.prefix(8)), "--out", lora).status == 0)
      #expect(try GGUFFile(path: lora).metadata["general.name"] == .string("CASE seed 1"))
      #expect(try mtl("export", "peft", out, "--run", "base", "--out", peft).errors.contains("has no adapter"))
      #expect(try mtl("export", "peft", out, "--run", "NOBODY", "--out", peft).errors.contains("has no run NOBODY"))
      #expect(try mtl("export", "peft", peft, "--out", peft + "2").errors.contains("give --base"))
    }
  }
}
