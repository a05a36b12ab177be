import Foundation
import Testing

@Suite struct TasksCommandTests {
  /// Runs the program that was built beside the tests.
  private func mtl(_ arguments: [String], data: String = "") throws -> (status: Int32, output: String, errors: String) {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = Process()
    process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(path: "mtl")
    process.arguments = arguments
    process.environment = ["MTL_DATA": data, "HOME": NSTemporaryDirectory()]
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let noted = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: printed, as: UTF8.self), String(decoding: noted, as: UTF8.self))
  }

  private var root: String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  }

  @Test(arguments: ["list", "show", "validate", "preview", "stats"])
  func everyVerbExplainsItselfWithAnExample(verb: String) throws {
    let help = try mtl(["tasks", verb, "--help"])
    #expect(help.status == 0)
    #expect(help.output.contains("mtl tasks \(verb) tasks/quickstart"))
    #expect(help.output.contains("--data <folder>"))
  }

  @Test func theTasksThatShipAreListedAndValid() throws {
    struct Line: Decodable {
      var name: String
      var train: Int
      var test: Int
    }
    let list = try mtl(["tasks", "list", root + "/tasks/quickstart", "--json"])
    let lines = try JSONDecoder().decode([Line].self, from: Data(list.output.utf8))
    #expect(lines.map(\.name).contains("findings") && lines.allSatisfy { $0.train > 0 && $0.test > 0 })
    let check = try mtl(["tasks", "validate", root + "/tasks/quickstart"])
    #expect(check.status == 0 && check.output.contains("no training example overlaps with a test example"))
  }

  @Test func validateSaysAllMistakesAtOnceWithFileAndLine() throws {
    let folder = NSTemporaryDirectory() + "/mtl-tasks-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }
    try write("a.jsonl", "{\"q\": \"x\", \"a\": \"y\"}\n{\"q\": \"x\"}\nnonsense\n")
    try write("a.yaml", "task: a\ncategory: C\nsource: {test: a.jsonl}\nprompt: q\ntarget: a\n")
    try write("b.yaml", "task: b\ncategry: C\nsource: {test: c.jsonl}\nprompt: q\ntarget: a\n")
    let strict = try mtl(["tasks", "validate", folder])
    #expect(strict.status == 1)
    for mistake in [
      "a.jsonl:2: there is no field `a`", "a.jsonl:3: the line is not a JSON object",
      "b.yaml:2: `categry` is not a known key; did you mean `category`?", "b.yaml:3: `source.test` names c.jsonl",
    ] {
      #expect(strict.output.contains(mistake), "\(mistake)")
    }
    try FileManager.default.removeItem(atPath: folder + "/b.yaml")
    let lenient = try mtl(["tasks", "validate", folder, "--skip-bad-rows"])
    #expect(lenient.status == 0)
    #expect(lenient.output.contains(#/a +test +1 +2/#))
  }

  /// The first manifest of docs/tasks.md, copied as it stands.
  @Test func theTaskOfTheDocumentationWorksTheFirstTime() throws {
    try withFolder { folder in
      let page = try String(contentsOfFile: root + "/docs/tasks.md", encoding: .utf8)
      let manifest = try #require(page.firstMatch(of: #/```yaml\n(?<text>(?s).*?)```/#)?.output.text)
      #expect(manifest.split(separator: "\n").count < 10)
      try manifest.write(toFile: folder + "/notes.yaml", atomically: true, encoding: .utf8)
      let row = try #require(page.firstMatch(of: #/`(?<text>\{"question".*?\})`/#)?.output.text)
      let rows = (0..<40).map { row.replacing("metformin", with: "drug \($0)") }
      try rows.joined(separator: "\n").write(toFile: folder + "/notes.jsonl", atomically: true, encoding: .utf8)
      let result = try mtl(["tasks", "validate", folder + "/notes.yaml"])
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      let counts = result.output.matches(of: #/drug-questions +(train|test) +(?<count>[0-9]+) +0/#)
      #expect(counts.map(\.output.count).compactMap { Int($0) }.reduce(0, +) == 40)
      #expect(counts.count == 2 && result.output.contains("no mistakes"))
    }
  }

  @Test func aWrongFieldIsSaidOnceWithTheNearest() throws {
    try withFolder { folder in
      let rows = (0..<30).map { "{\"question\": \"q\($0)\", \"answer\": \"a\"}" }
      try rows.joined(separator: "\n").write(toFile: folder + "/a.jsonl", atomically: true, encoding: .utf8)
      try "task: a\ncategory: C\nsource: {test: a.jsonl}\nprompt: \"{{qestion}}\"\ntarget: answer\n"
        .write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
      let result = try mtl(["tasks", "validate", folder])
      #expect(result.status == 1)
      #expect(result.output.matches(of: #/there is no field `qestion`/#).count == 1)
      #expect(result.output.contains("did you mean `question`?"))
      #expect(result.output.contains("a: 29 more broken rows in its test data"))
      #expect(!result.output.contains("no training example overlaps"))
    }
  }
}
