import Foundation
import MTL
import Testing

@Suite struct RunFileTests {
  @Test func recordComesBackAsWritten() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/run.h5"
      let record = Self.record()
      try RunFile.write(record, to: path)
      #expect(try RunFile.read(path) == record)
      try RunFile.verify(path)
      let (summary, evaluation) = try RunFile.readEvaluation(path)
      #expect(evaluation == record.evaluation)
      #expect(summary.runID == record.runID && summary.digests == record.digests && !summary.isFinished)
      let adapter = try RunFile.readAdapter(path)
      #expect(adapter.tensors == record.adapterTensors && adapter.lora == record.lora)
    }
  }

  @Test func recordWithoutStateOrResultsComesBackAsWritten() throws {
    try withTemporaryDirectory { folder in
      var record = Self.record()
      record.optimizer = nil
      record.history = []
      record.evaluation = []
      record.environment = [:]
      record.isFinished = true
      try RunFile.write(record, to: folder + "/run.h5")
      #expect(try RunFile.read(folder + "/run.h5") == record)
    }
  }

  @Test func arraysThatDisagreeAreRefusedAndTheOldFileStays() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/run.h5"
      try RunFile.write(Self.record(), to: path)
      var record = Self.record()
      record.evaluation[0].nll.removeLast()
      let error = #expect(throws: FormatError.self) { try RunFile.write(record, to: path) }
      #expect(error?.description.contains("2 examples but arrays of [2, 1, 2, 2, 2]") == true)
      #expect(try RunFile.read(path) == Self.record())
    }
  }

  @Test func damageIsAnErrorOrLeavesTheContent() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/run.h5"
      let record = Self.record()
      try RunFile.write(record, to: path)
      let bytes = try Data(contentsOf: URL(filePath: path))
      var random = SeededGenerator(seed: 11)
      for _ in 0..<100 {
        var damaged = bytes
        damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        try damaged.write(to: URL(filePath: path))
        #expect(throws: FormatError.self) { _ = try RunFile.read(path) }
        try bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)).write(to: URL(filePath: path))
        #expect(throws: FormatError.self) { _ = try RunFile.read(path) }
      }
    }
  }

  @Test func otherHDF5FilesAndLaterVersionsAreRefused() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/run.h5"
      try HDF5File.writeAtomically(to: path) { try $0.write("x", to: "/x") }
      #expect(throws: FormatError.damaged(path: path, reason: "/ has no attribute format-version")) {
        _ = try RunFile.read(path)
      }
      try HDF5File.writeAtomically(to: path) { try $0.setAttribute("format-version", .int(2)) }
      #expect(throws: FormatError.unsupported(path: path, what: "version 2 of the run format")) {
        _ = try RunFile.read(path)
      }
    }
  }

  @Test func zeroBytesInTextBecomeVisible() throws {
    try withTemporaryDirectory { folder in
      var record = Self.record()
      record.evaluation[0].predictions[0] = "a\0b"
      try RunFile.write(record, to: folder + "/run.h5")
      #expect(try RunFile.readEvaluation(folder + "/run.h5").evaluation[0].predictions[0] == "a\u{2400}b")
    }
  }

  @Test func identityIsOfContentAndNotOfOrder() throws {
    struct Settings: Encodable { var b = "a/b", a = 0.1 }
    let id = try RunIdentity.id(settings: Settings(), digests: ["data": "1", "base": "2"])
    #expect(try RunIdentity.canonicalJSON(Settings()) == #"{"a":0.1,"b":"a/b"}"#)
    // printf '%s' '{"digests":{"base":"2","data":"1"},"settings":{"a":0.1,"b":"a/b"}}' | sha256sum
    #expect(id == "a2fcc133f495f51236c67a1028428806e64386458f859419df30d87741f01ed8")
    #expect(try RunIdentity.id(settings: Settings(a: 0.2), digests: ["data": "1", "base": "2"]) != id)
    #expect(try RunIdentity.id(settings: Settings(), digests: ["data": "1", "base": "3"]) != id)
  }

  /// Python's h5py, where it is installed, reads the adapter with the lines that docs/hdf5.md shows.
  @Test func h5pyReadsTheAdapter() throws {
    try withTemporaryDirectory { folder in
      try RunFile.write(Self.record(), to: folder + "/run.h5")
      let script = """
        import h5py, sys
        with h5py.File(sys.argv[1]) as f:
            scale = f["adapter"].attrs["scale"]
            for layer in f["adapter"].values():
                for name, m in layer.items():
                    print(name, m["A"].shape, m["B"].shape, m["A"][0, 1], scale, f.attrs["run-id"].decode())
            print(f["evaluation/a%2fb%2e%25/predictions"].asstr()[1])
        """
      // The system's Python has the Debian package, another one that comes first in the path may not.
      let interpreters = ["python3", "/usr/bin/python3"]
      guard
        let python = interpreters.first(where: { (try? run("/usr/bin/env", [$0, "-c", "import h5py"]).status) == 0 })
      else {
        print("skipped: reading with h5py (install python3-h5py, or run script/setup --all)")
        return
      }
      let (_, output) = try run("/usr/bin/env", [python, "-c", script, folder + "/run.h5"])
      #expect(output == "q_proj (2, 3) (4, 2) 1.5 2.0 abc\n日本\n")
    }
  }

  @Test func h5dumpReadsTheFile() throws {
    try withTemporaryDirectory { folder in
      try RunFile.write(Self.record(), to: folder + "/run.h5")
      let (status, output) = try run("/usr/bin/env", ["h5dump", "-d", "/history/loss", folder + "/run.h5"])
      guard status != 127 else {
        print("skipped: reading with h5dump (install the Debian package hdf5-tools)")
        return
      }
      #expect(status == 0)
      #expect(output.contains("H5T_IEEE_F64LE") && output.contains("(0): 2.5, 1.25"))
    }
  }

  private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  static func record() -> RunRecord {
    let metrics = [
      MetricScores(
        name: "rougeL", higherIsBetter: true, parts: [[1, 2, 3], [4, 5, 6]], score: 0.25,
        details: [MetricDetail(name: "a", score: 0.5), MetricDetail(name: "é", score: 0)]),
      MetricScores(
        name: "exact/match", higherIsBetter: false, parts: [[1], []], score: .infinity, aggregation: "parts:mean"),
    ]
    func task(_ name: String, predictions: [String]) -> TaskEvaluation {
      TaskEvaluation(
        task: name, category: "QA", exampleIDs: ["1", "2"], clusters: ["c", "c"], nll: [0.1, 1e300], tokens: [3, 4],
        predictions: predictions, references: predictions, metrics: metrics, unparsed: 1)
    }
    func step(_ number: Int, _ loss: Double) -> TrainingStep {
      TrainingStep(
        step: number, tokens: 10, labelTokens: 5, loss: loss, learningRate: 1e-4, gradNorm: 0.5, seconds: 0.1)
    }
    return RunRecord(
      runID: "abc", settings: #"{"rank":2}"#, digests: ["base": "b", "data": "d"], programVersion: "1.0",
      environment: ["cpu": "some", "workers": "2"],
      lora: LoRASettings(rank: 2, alpha: 4, dropout: 0.05, targets: [.q], layers: .top(1)),
      adapterTensors: [
        AdapterTensor(
          layer: 11, module: "q_proj", a: .init(rows: 2, columns: 3, values: [0, 1.5, 2, 3, 4, 5]),
          b: .init(rows: 4, columns: 2, values: (0..<8).map(Float.init)))
      ],
      optimizer: OptimizerState(step: 2, firstMoments: [1, 2], secondMoments: [3, 4]), cursor: #"{"step":2}"#,
      history: [step(1, 2.5), step(2, 1.25)],
      evaluation: [task("a/b.%", predictions: ["", "日本"]), task("", predictions: [])], isFinished: false)
  }
}
