import Foundation
import MTL
import Testing

@Suite struct ProcessTests {
  static let example = repositoryFolder + "/Examples/ProcessTask/units.yaml"

  @Test func theExampleIsReadAndJudgedByItsPrograms() throws {
    let task = try ManifestTask(manifest: Self.example, settings: ManifestSettings(allowProcess: true))
    let test = try task.examples(.test, limit: nil, seed: 1)
    #expect(test.map(\.id) == ["100 mg", "500 mg", "900 mg", "1300 mg", "1700 mg"])
    #expect(test[1].prompt == "Convert 500 mg to g." && test[1].target == "0.5 g")
    #expect(try task.examples(.train, limit: nil, seed: 1).count == 15)
    #expect(try task.digest() == task.digest())
    let metric = try #require(task.metrics.first)
    #expect(metric.name == "close")
    let parts = try metric.parts(of: [
      ExampleOutcome(prediction: "It is 0.502 g", references: ["0.5 g"]),
      ExampleOutcome(prediction: "5 g", references: ["0.5 g"]),
      ExampleOutcome(prediction: "\"é\"\n", references: ["0.5 g"]),
    ])
    #expect(parts == [[1], [0], [0]])
    #expect(metric.score([1], count: 4) == 0.25)
  }

  @Test func nothingRunsUnlessItIsAllowed() throws {
    let task = try ManifestTask(manifest: Self.example)
    #expect(message { _ = try task.examples(.test, limit: nil, seed: 1) }.contains("--allow-process"))
    #expect(message { _ = try task.digest() }.contains("--allow-process"))
    #expect(message { _ = try task.metrics[0].parts(of: [ExampleOutcome()]) }.contains("--allow-process"))
  }

  /// What reading the rows that a shell script prints says.
  static func read(_ script: String, timeLimit: Double = 60, outputLimit: Int = 1 << 20) -> String {
    let command = ProcessCommand(
      ["sh", "-c", script], folder: "/", timeLimit: timeLimit, outputLimit: outputLimit)
    return message {
      try ProcessReader(command, isAllowed: true).forEachRow("") { row in
        _ = try row.get()
        return true
      }
    }
  }

  @Test func aFailureShowsTheLastLinesOfStandardError() {
    let said = Self.read("seq 20 >&2; echo 'no such corpus' >&2; exit 3")
    #expect(said.contains("failed with status 3; it wrote:"))
    #expect(said.hasSuffix("  20\n  no such corpus"))
    #expect(!said.contains("  12\n"))
    #expect(Self.read("kill -9 $$").contains("failed with signal 9"))
  }

  @Test func garbageIsNamedByItsLine() {
    #expect(Self.read("echo '{}'; echo garbage").contains("'):2: the line is not a JSON object"))
    #expect(Self.read(#"echo '{}'; echo; printf '\377\n'"#).contains("'):3: the line is not UTF-8 text"))
  }

  /// With what it started, which would otherwise hold on to its output.
  @Test func aProcessThatHangsIsKilled() throws {
    try withTemporaryDirectory { folder in
      let start = ContinuousClock.now
      let said = Self.read("sleep 600 & echo $! > \(folder)/child; wait", timeLimit: 0.3)
      #expect(ContinuousClock.now - start < .seconds(20))
      #expect(said.contains("was stopped after 0.3 s; raise `time-limit`"))
      let child = try #require(pid_t(String(contentsOfFile: folder + "/child", encoding: .utf8).dropLast()))
      // Gone, or a zombie that nobody has asked about.
      func isGone() -> Bool {
        let state = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? "Z"
        return kill(child, 0) != 0 || state.contains("Z")
      }
      // A busy machine may take a moment to carry the kill out.
      while !isGone(), ContinuousClock.now - start < .seconds(20) { usleep(1000) }
      #expect(isGone())
    }
  }

  @Test func endlessOutputIsStopped() {
    #expect(Self.read("yes '{}'", outputLimit: 1 << 16).contains("was stopped after printing 65536 bytes"))
  }

  @Test func aProgramThatIsNotThereIsNamed() {
    let command = ProcessCommand(["no-such-program-of-mtl"], folder: "/")
    let said = message { try ProcessReader(command, isAllowed: true).forEachRow("") { _ in true } }
    #expect(said == "`no-such-program-of-mtl` cannot be started: there is no program no-such-program-of-mtl")
  }

  /// What a metric that is a shell script says about two answers.
  static func judge(_ script: String, score: PartsScore = .mean) -> String {
    let metric = ProcessMetric(
      name: "m", command: ProcessCommand(["sh", "-c", script], folder: "/"), score: score, isAllowed: true)
    return message { _ = try metric.parts(of: [ExampleOutcome(prediction: "a"), ExampleOutcome(prediction: "b")]) }
  }

  @Test func aMetricThatPrintsSomethingElseIsAnError() {
    #expect(Self.judge(#"while read x; do echo '{"parts": [1]}'; done"#) == "nothing")
    #expect(Self.judge(#"echo '{"parts": [1]}'"#).contains("printed 1 lines for 2 answers"))
    #expect(Self.judge("echo yes; echo no").contains("line 1 of what"))
    #expect(Self.judge(#"echo '{"parts": [1]}'; echo '{"parts": [1, 2]}'"#).contains("it has 2 parts"))
    #expect(
      Self.judge(#"echo '{"parts": [1]}'; echo '{"parts": [1]}'"#, score: .f1).contains("f1 needs 3 parts, not 1"))
    #expect(Self.judge("exit 1").contains("failed with status 1"))
  }

  @Test func manifestsOfProcessesReportEveryMistake() throws {
    try withTemporaryDirectory { folder in
      try write(
        """
        task: t
        category: c
        source: {format: process, comand: [cat], time-limit: -1, splits: [train]}
        prompt: "{{a}}"
        target: "{{b}}"
        metrics: [{metric: process, command: [cat], score: median}]
        """, to: folder + "/t.yaml")
      let said = message { _ = try ManifestTask(manifest: folder + "/t.yaml") }
      for mistake in [
        "`command` is missing", "`source.comand` is not a known key; did you mean `command`?",
        "`source.time-limit` must be a number of seconds above 0", "`source.splits` must be [test] or [train, test]",
        "`metrics.name` is missing", "`metrics.score` must be one of mean, ratio, f1, not `median`",
      ] {
        #expect(said.contains(mistake), "\(said)")
      }
    }
  }

  @Test func manyProcessesAtOnceDoNotWaitForEachOther() async throws {
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<16 { group.addTask { Self.read("cat /dev/null; echo '{}'") } }
      for try await said in group { #expect(said == "nothing") }
    }
  }

  /// Every thread that tasks share waits here, and the processes still have to be stopped.
  @Test func manyProcessesThatHangOrPrintWithoutEndAreStopped() async throws {
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 {
        group.addTask { Self.read("sleep 600", timeLimit: 0.3) }
        group.addTask { Self.read("yes '{}'", outputLimit: 1 << 16) }
      }
      for try await said in group { #expect(said.contains("was stopped after")) }
    }
  }

  @Test func noMoreThanTheLimitReachesTheDisk() throws {
    try withTemporaryDirectory { folder in
      for limit in [0, 100, 70_000] {
        let path = folder + "/\(limit)"
        let command = ProcessCommand(["yes"], folder: "/", timeLimit: 60, outputLimit: limit)
        #expect(throws: PluginError.processOutputTooLarge(command: "yes", bytes: limit)) {
          try command.run(input: nil, output: path)
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(try #require(size) <= limit)
      }
    }
  }

  @Test func aProgramThatPrintsExactlyTheLimitIsDone() throws {
    try withTemporaryDirectory { folder in
      let command = ProcessCommand(["head", "-c", "100000", "/dev/zero"], folder: "/", outputLimit: 100_000)
      try command.run(input: nil, output: folder + "/out")
      #expect(try Data(contentsOf: URL(filePath: folder + "/out")) == Data(count: 100_000))
    }
  }

  /// More input than a pipe holds, read by nobody or only to its first line.
  @Test func aProgramThatClosesItsInputEarlyIsNoHarm() throws {
    try withTemporaryDirectory { folder in
      let input = Data(repeating: UInt8(ascii: "x"), count: 1 << 20)
      for (number, script) in ["exec 0<&-; echo '{}'", "head -c 5 > /dev/null; echo '{}'"].enumerated() {
        let command = ProcessCommand(["sh", "-c", script], folder: "/", timeLimit: 60)
        try command.run(input: input, output: folder + "/\(number)")
        #expect(try String(contentsOfFile: folder + "/\(number)", encoding: .utf8) == "{}\n")
      }
      let echo = ProcessCommand(["cat"], folder: "/", timeLimit: 60)
      try echo.run(input: input, output: folder + "/echo")
      #expect(try Data(contentsOf: URL(filePath: folder + "/echo")) == input)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["0", "1", "echo"])
    }
  }

  @Test func aFloodOfStandardErrorStopsNothing() {
    #expect(Self.read("yes complaint | head -c 1000000 >&2; echo '{}'") == "nothing")
    #expect(Self.read("yes complaint | head -c 1000000 >&2; exit 2").contains("failed with status 2"))
  }

  /// Else whoever holds the pipe would decide when the command ends.
  @Test func whatAProgramLeavesBehindIsNotWaitedFor() {
    let start = ContinuousClock.now
    #expect(Self.read("sleep 600 & echo '{}'") == "nothing")
    #expect(Self.read("setsid sleep 5 & echo '{}'") == "nothing")
    #expect(ContinuousClock.now - start < .seconds(4))
  }

  @Test func filesThatAreNoProgramsAreNamed() throws {
    try withTemporaryDirectory { folder in
      try write("echo", to: folder + "/plain")
      func said(_ program: String, in folder: String) -> String {
        message {
          try ProcessCommand([program], folder: folder).run(input: nil, output: folder + "/out-" + program.dropFirst(2))
        }
      }
      #expect(said("./plain", in: folder) == "`./plain` cannot be started: ./plain is not an executable file")
      #expect(said("./none", in: folder).hasSuffix("there is no program ./none"))
      #expect(
        message { try ProcessCommand([], folder: folder).run(input: nil, output: folder + "/out2") }
          .contains("it names no program"))
    }
  }
}
