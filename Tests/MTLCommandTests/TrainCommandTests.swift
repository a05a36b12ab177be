import Foundation
import MTL
import Testing

@Suite(.serialized) struct TrainCommandTests {
  private struct Step: Decodable { var step: Int; var loss: Double }

  private func data(_ folder: String) throws -> String {
    let path = folder + "/data.jsonl"
    let lines = (0..<6).map { #"{"prompt": "Question \#($0): is it so?", "completion": " answer \#($0 * 7)"}"# }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private let options = [
    "--base", "smollm2-135m", "--layers", "2", "--rank", "4", "--batch-size", "2", "--epochs", "3", "--dropout", "0.1",
    "--json",
  ]

  private func train(_ data: String, _ out: String, _ more: [String] = [], shell: String? = nil) throws -> CommandResult
  {
    let (process, output, errors) = try makeProcess(
      ["train", "--data", data, "--out", out] + options + more, through: shell)
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let errorText = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: errorText, as: UTF8.self))
  }

  private func parameters(_ path: String) throws -> [AdapterTensor] { try RunFile.read(path).adapterTensors }

  @Test func aKilledTrainingResumesToTheSameAdapter() throws {
    try withFolder { folder in
      let data = try data(folder)
      let whole = try train(data, folder + "/whole.h5", ["--workers", "1"])
      #expect(whole.status == 0, "\(whole.errors)")
      let steps = try whole.output.split(separator: "\n").map {
        try JSONDecoder().decode(Step.self, from: Data($0.utf8))
      }
      #expect(steps.map(\.step) == Array(1...9))
      #expect(steps[8].loss < steps[0].loss)

      // Killed with a state after every step, at whatever point it happens to be.
      let (process, output, _) = try makeProcess(
        ["train", "--data", data, "--out", folder + "/killed.h5", "--checkpoint-seconds", "0"] + options)
      try process.run()
      var seen = Data()
      while seen.count(where: { $0 == 0x0A }) < 4 {
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { break }
        seen += more
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let partial = try RunFile.read(folder + "/killed.h5")
      #expect(!partial.isFinished && partial.history.count >= 3)
      // On another machine the result would be another: nothing is resumed there.
      for (name, value) in [("cpu", "another"), ("openblas-kernel", "another"), ("bfloat16-products", "another")] {
        var moved = partial
        #expect(moved.environment[name] != nil)
        moved.environment[name] = value
        try RunFile.write(moved, to: folder + "/moved.h5")
        let refused = try train(data, folder + "/moved.h5", ["--resume"])
        #expect(refused.status == 1 && refused.errors.contains("began with \(name) another"), "\(refused.errors)")
      }
      let resumed = try train(data, folder + "/killed.h5", ["--resume", "--workers", "2"])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try parameters(folder + "/killed.h5") == parameters(folder + "/whole.h5"))
      #expect(
        try RunFile.read(folder + "/killed.h5").history.map(\.loss)
          == RunFile.read(folder + "/whole.h5").history.map(\.loss))

      let again = try train(data, folder + "/whole.h5")
      #expect(again.status == 1 && again.errors.contains("--resume"))
      let other = try train(data, folder + "/whole.h5", ["--resume", "--learning-rate", "0.01"])
      #expect(other.status == 1 && other.errors.contains("other settings or data"))
    }
  }

  @Test func aFullDiskIsOneSentenceAndLosesNothing() throws {
    try withFolder { folder in
      let data = try data(folder)
      let out = folder + "/run.h5"
      // Files may have 64 kB: too few for a run.
      let full = try train(data, out, shell: "ulimit -f 64;")
      #expect(full.status == 1)
      #expect(full.errors.contains("run.h5"), "\(full.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["data.jsonl"])
    }
  }

  @Test(arguments: [
    (#"{"prompt": "a"}"#, "data.jsonl:1 needs the keys"),
    (#"{"prompt": "a", "completion": ""}"#, "data.jsonl:1 has an empty answer"),
    ("nonsense", "data.jsonl:1 is not a JSON object"),
    (#"{"input_ids": [1, 2], "labels": [1]}"#, "data.jsonl:1 has 2 input_ids and 1 labels"),
    (#"{"input_ids": [1, 99999999], "labels": [-100, 99999999]}"#, "token id 99999999"),
    (#"{"input_ids": [1, 2, 3], "labels": [-100, 2, 4]}"#, "a label that is not the token at its place"),
    ("", "there are no examples"),
  ]) func badDataIsNamedByFileAndLine(_ line: String, _ message: String) throws {
    try withFolder { folder in
      let path = folder + "/data.jsonl"
      try line.write(toFile: path, atomically: true, encoding: .utf8)
      let result = try train(path, folder + "/run.h5")
      #expect(result.status == 1)
      #expect(result.errors.contains(message), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/run.h5"))
    }
  }

  @Test func tokenizeScoreAndGenerateAnswerInTheirShapes() throws {
    #expect(
      try mtl("tokenize", "--base", "smollm2-135m", input: "\"Hello world\"\n\"\"\n").output
        == "{\"ids\":[19556,905]}\n{\"ids\":[]}\n")
    #expect(try mtl("tokenize", "--base", "smollm2-135m", input: "Hello\n").status == 1)
    try withFolder { folder in
      let pairs = folder + "/pairs.jsonl"
      try #"{"prompt": "Two and two are", "completion": " four"}"#.write(
        toFile: pairs, atomically: true, encoding: .utf8)
      let score = try mtl("score", "--base", "smollm2-135m", "--input", pairs)
      let likelihood = try JSONDecoder().decode(Likelihood.self, from: Data(score.output.utf8))
      #expect(likelihood.tokens == 1 && likelihood.nll > 0 && likelihood.nll < 40)
      let generated = try mtl(
        "generate", "--base", "smollm2-135m", "--prompt", "Two and two are", "--max-new-tokens", "3")
      #expect(generated.status == 0 && generated.output.count > 1)
    }
  }
}
