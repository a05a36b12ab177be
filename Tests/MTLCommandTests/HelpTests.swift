import Testing

@Suite struct HelpTests {
  static let commands: [[String]] = [
    [], ["model", "info"], ["tokenize"], ["score"], ["generate"], ["train"], ["eval"], ["sweep", "run"],
    ["sweep", "plan"], ["sweep", "status"], ["sweep", "resume"], ["sweep", "work"], ["sweep", "gc"],
    ["affinity", "matrix"], ["affinity", "estimate"], ["affinity", "compare"], ["affinity", "group"],
    ["affinity", "advise"],
    ["export", "csv"], ["export", "json"],
  ]

  @Test(arguments: commands) func everyCommandHasHelpWithAnExample(_ command: [String]) throws {
    let (process, output, _) = try makeProcess(command + ["--help"])
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(text.contains("Example:\n  mtl ") || text.contains("Example:\n  echo"))
    #expect(!text.contains("fatal"))
  }

  @Test func usageErrorsExitWith64AndFailuresWith1() throws {
    #expect(try mtl("score").status == 64)
    #expect(try mtl("train", "--base", "x", "--out", "y").status == 64)
    #expect(try mtl("generate", "--base", "smollm2-135m").status == 64)
    #expect(try mtl("nonsense").status == 64)
    let missing = try mtl("model", "info", "/nowhere/model.gguf")
    #expect(missing.status == 1)
    #expect(missing.errors.contains("there is no model at /nowhere/model.gguf"))
    #expect(missing.output.isEmpty)
  }

  @Test func everyBadTrainingOptionIsReported() throws {
    let result = try mtl(
      "train", "--base", "b", "--data", "d", "--out", "o", "--targets", "q_prj", "--rank", "0", "--batch-size", "0")
    #expect(result.status == 64)
    #expect(result.errors.contains("did you mean q_proj?"))
    #expect(result.errors.contains("rank must be") && result.errors.contains("batch-size must be"))
  }
}
