import Foundation
import MTL
import Testing

/// What sweeps survive: after each fault the finished results are those of an undisturbed sweep, bit for bit.
@Suite(.serialized) struct SweepFaultTests {
  private func run(_ sweep: TinySweep, _ out: String, _ more: [String] = [], shell: String? = nil) throws
    -> CommandResult
  {
    let (process, output, errors) = try makeProcess(
      ["sweep", "run", sweep.specification, "--out", out] + more, through: shell)
    try process.run()
    // Both are short: neither pipe fills.
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus,
      output: String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self),
      errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
  }

  /// The results of a sweep that nothing disturbs, one run after another on one thread.
  private func undisturbed(_ sweep: TinySweep) throws -> [String: TinySweep.Result] {
    let result = try run(sweep, sweep.folder + "/whole", ["--quiet", "--jobs", "1", "--workers", "1"])
    #expect(result.status == 0, "\(result.errors)")
    return try TinySweep.results(sweep.folder + "/whole")
  }

  @Test func runsAtOnceGiveTheBitsOfRunsOneAfterAnother() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder)
      let expected = try undisturbed(sweep)
      #expect(expected.count == 7)
      let result = try run(sweep, folder + "/together", ["--quiet", "--jobs", "4", "--workers", "8"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.isEmpty, "--quiet")
      #expect(try TinySweep.results(folder + "/together") == expected)
    }
  }

  @Test func aSweepKilledAtRandomMomentsEndsAsIfItHadNotBeen() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, examples: 32, epochs: 4)
      let expected = try undisturbed(sweep)
      let kills = ProcessInfo.processInfo.environment["MTL_TEST_FULL"] == nil ? 8 : 50
      var generator = CounterBasedGenerator(seed: 5, purpose: .sampling)
      var (killed, amid, finished) = (0, 0, 0)
      let start = ContinuousClock.now
      while killed < kills, killed + finished < 10 * kills {
        let (process, _, _) = try makeProcess([
          "sweep", "run", sweep.specification, "--out", folder + "/killed", "--quiet", "--checkpoint-seconds", "0",
        ])
        try process.run()
        usleep(UInt32(30_000 + 400_000 * generator.nextUnitFloat()))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal {
          killed += 1
          // A lease that nobody has given back: a run was going on.
          let leases = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/killed/leases")) ?? []
          if !leases.isEmpty { amid += 1 }
        } else {
          // It was faster: what it has left is as it must be, and another begins.
          finished += 1
          #expect(try TinySweep.results(folder + "/killed") == expected)
          try FileManager.default.removeItem(atPath: folder + "/killed")
        }
      }
      #expect(killed == kills && amid > kills / 4)
      print(
        "\(killed) kills, \(amid) in the middle of a run, \(finished) sweeps in all, \(ContinuousClock.now - start)")
      let rest = try run(sweep, folder + "/killed", ["--quiet"])
      #expect(rest.status == 0, "\(rest.errors)")
      #expect(try TinySweep.results(folder + "/killed") == expected)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/killed/runs")
      #expect(!names.contains { $0.hasSuffix(".checkpoint") || $0.contains(".damaged") })
      #expect(try mtl("sweep", "gc", folder + "/killed", "--delete").status == 0)
      #expect(try TinySweep.results(folder + "/killed") == expected, "gc leaves what is needed")
    }
  }

  @Test func twoSweepsOnOneStoreDoEveryRunOnce() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, examples: 32, epochs: 4)
      let expected = try undisturbed(sweep)
      let processes = try (0..<2).map { _ in
        try makeProcess(["sweep", "run", sweep.specification, "--out", folder + "/shared", "--jobs", "2"])
      }
      for (process, _, _) in processes { try process.run() }
      var done = 0
      for (process, _, errors) in processes {
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        let match = try #require(text.firstMatch(of: #/, (\d+) of them done here/#), "\(text)")
        done += Int(match.1) ?? 0
      }
      #expect(done == expected.count)
      #expect(try TinySweep.results(folder + "/shared") == expected)
    }
  }

  @Test func damagedRunFilesAreSetAsideAndDoneAgain() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder)
      let expected = try undisturbed(sweep)
      let runs = folder + "/whole/runs/"
      let files = expected.keys.sorted()
      let whole = try Data(contentsOf: URL(filePath: runs + files[0]))
      try whole.prefix(whole.count / 2).write(to: URL(filePath: runs + files[0]))
      var flipped = try Data(contentsOf: URL(filePath: runs + files[1]))
      flipped[flipped.count * 2 / 3] ^= 0x10
      try flipped.write(to: URL(filePath: runs + files[1]))
      // A sound file under another run's name.
      try Data(contentsOf: URL(filePath: runs + files[3])).write(to: URL(filePath: runs + files[2]))
      #expect(try StatusReport(folder + "/whole").runs.count { $0.status == "damaged" } == 3)
      let again = try run(sweep, folder + "/whole")
      #expect(again.status == 0, "\(again.errors)")
      #expect(again.errors.contains("3 of them done here"), "\(again.errors)")
      for file in files.prefix(3) {
        #expect(again.errors.contains("\(file) is damaged"))
        #expect(FileManager.default.fileExists(atPath: runs + file + ".damaged"))
      }
      #expect(try TinySweep.results(folder + "/whole") == expected)
      let garbage = try mtl("sweep", "gc", folder + "/whole")
      #expect(garbage.output.contains("3 files") && garbage.output.contains("--delete removes them"))
      #expect(FileManager.default.fileExists(atPath: runs + files[0] + ".damaged"), "nothing goes without --delete")
      #expect(try mtl("sweep", "gc", folder + "/whole", "--delete").status == 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: runs).sorted() == files)
    }
  }

  @Test func aFullDiskFailsRunsAndLosesNothing() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder)
      let expected = try undisturbed(sweep)
      // Files may have 8 kB: enough for plans and reasons, too few for a run.
      let full = try run(sweep, folder + "/full", ["--quiet", "--retries", "1"], shell: "ulimit -f 8;")
      #expect(full.status == 1)
      #expect(full.errors.contains("7 runs failed") && full.errors.contains("cannot write"), "\(full.errors)")
      let status = try StatusReport(folder + "/full")
      #expect(status.failed == 7 && status.runs.allSatisfy { $0.failures.count == 2 }, "each was tried twice")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/full/runs")
      #expect(names.allSatisfy { $0.hasSuffix(".failures.json") }, "\(names)")
      #expect(try run(sweep, folder + "/full", ["--quiet"]).status == 0)
      #expect(try TinySweep.results(folder + "/full") == expected)
    }
  }

  @Test func workersKilledAtRandomMomentsLoseNothing() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, examples: 40, epochs: 8, seeds: "[1]")
      let expected = try undisturbed(sweep)
      let ids = expected.keys.sorted().map { String($0.dropLast(3)) }
      // A plan without any run done, as whoever starts workers on a cluster leaves it.
      let out = folder + "/workers"
      try FileManager.default.copyItem(atPath: folder + "/whole", toPath: out)
      for id in ids { try FileManager.default.removeItem(atPath: "\(out)/runs/\(id).h5") }
      var generator = CounterBasedGenerator(seed: 11, purpose: .sampling)
      var killed = 0
      for round in 0..<40 where killed < 6 {
        let id = ids[round % ids.count]
        let (process, _, _) = try makeProcess([
          "sweep", "work", out, "--run", id, "--quiet", "--checkpoint-seconds", "0",
        ])
        try process.run()
        usleep(UInt32(30_000 + 250_000 * generator.nextUnitFloat()))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { killed += 1 }
      }
      #expect(killed >= 3)
      for id in ids { #expect(try mtl("sweep", "work", out, "--run", id, "--quiet").status == 0) }
      #expect(try TinySweep.results(out) == expected)
      #expect(try StatusReport(out).running == 0)
    }
  }

  /// Whether a file system of a size can be mounted: needs root.
  private static let canMount: Bool = {
    let folder = NSTemporaryDirectory() + "/mtl-mount-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    guard command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder) else {
      print("skipped: a disk that is full in the middle of a run (mounting one needs root)")
      return false
    }
    return command("umount", folder)
  }()

  private static func command(_ words: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @Test(.enabled(if: canMount, "mounting a small file system needs root"))
  func aDiskThatIsFullInTheMiddleOfARunLosesNothing() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, examples: 40, epochs: 20, seeds: "[1]")
      let expected = try undisturbed(sweep)
      let disk = folder + "/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      try #require(Self.command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk))
      defer { _ = Self.command("umount", "-l", disk) }
      let (process, _, errors) = try makeProcess([
        "sweep", "run", sweep.specification, "--out", disk + "/out", "--quiet", "--checkpoint-seconds", "0",
      ])
      try process.run()
      let runs = disk + "/out/runs"
      func names() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? [] }
      while process.isRunning, !names().contains(where: { $0.hasSuffix(".checkpoint") }) { usleep(1000) }
      // Takes all that is left, and again what a replaced checkpoint gives back.
      let filler = open(disk + "/filler", O_WRONLY | O_CREAT | O_APPEND, 0o644)
      let page = [UInt8](repeating: 0, count: 4096)
      while process.isRunning { if write(filler, page, page.count) < 0 { usleep(1000) } }
      close(filler)
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 1 && text.contains("the disk or the quota on it is full"), "\(text)")
      #expect(names().allSatisfy { $0.hasSuffix(".h5") || $0.hasSuffix(".checkpoint") || $0.hasSuffix(".json") })
      for name in names() where !name.hasSuffix(".json") { _ = try RunFile.read(runs + "/" + name) }
      #expect(try TinySweep.results(disk + "/out").allSatisfy { expected[$0.key] == $0.value })

      unlink(disk + "/filler")
      let rest = try mtl("sweep", "resume", disk + "/out")
      #expect(rest.status == 0 && !rest.errors.contains("damaged"), "\(rest.errors)")
      #expect(try TinySweep.results(disk + "/out") == expected)
    }
  }

  @Test func aRunThatFailsDoesNotStopTheOthersAndItsReasonIsKept() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder)
      let expected = try undisturbed(sweep)
      let id = String(try #require(expected.keys.sorted().first).dropLast(3))
      let obstacle = folder + "/other/runs/\(id).checkpoint"
      try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
      let failing = try run(sweep, folder + "/other", ["--retries", "2"])
      #expect(failing.status == 1 && failing.errors.contains("1 runs failed"), "\(failing.errors)")
      let status = try StatusReport(folder + "/other")
      #expect(status.finished == 6 && status.failed == 1)
      #expect(status.runs.first { $0.id == id }?.failures.count == 3)
      try FileManager.default.removeItem(atPath: obstacle)
      #expect(try mtl("sweep", "resume", folder + "/other", "--quiet").status == 0)
      #expect(try TinySweep.results(folder + "/other") == expected)
    }
  }

  @Test func aChangedBaseIsRefused() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder)
      let expected = try undisturbed(sweep)
      let base = URL(filePath: folder + "/base/model.safetensors")
      let before = try Data(contentsOf: base)
      try TinyBase.write(folder + "/base", seed: 2)
      let id = String(try #require(expected.keys.first).dropLast(3))
      for arguments in [
        ["run", sweep.specification, "--out", folder + "/whole"], ["resume", folder + "/whole"],
        ["work", folder + "/whole", "--run", id],
      ] {
        let (process, _, errors) = try makeProcess(["sweep"] + arguments)
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(process.terminationStatus == 1 && text.contains("its SHA-256 differs"), "\(text)")
      }
      try before.write(to: base)
      #expect(try run(sweep, folder + "/whole").errors.contains("0 of them done here"))
      #expect(try TinySweep.results(folder + "/whole") == expected)
    }
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalStopsItWithinSecondsAtAPointToGoOnFrom(_ signal: Int32) throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, examples: 40, epochs: 60, seeds: "[1]")
      let expected = try undisturbed(sweep)
      let (process, _, errors) = try makeProcess([
        "sweep", "run", sweep.specification, "--out", folder + "/stopped", "--checkpoint-seconds", "0",
      ])
      try process.run()
      let runs = folder + "/stopped/runs"
      while process.isRunning {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
        if names.contains(where: { $0.hasSuffix(".checkpoint") }) { break }
        usleep(1000)
      }
      let start = ContinuousClock.now
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      #expect(ContinuousClock.now - start < .seconds(10))
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(process.terminationStatus == 128 + signal, "\(text)")
      #expect(text.contains("run the same command again to go on"))
      let status = try StatusReport(folder + "/stopped")
      #expect(status.waiting > 0 && status.running == 0)
      #expect(try run(sweep, folder + "/stopped", ["--quiet"]).status == 0)
      #expect(try TinySweep.results(folder + "/stopped") == expected)
    }
  }

  @Test func aWorkerDoesTheRunsItIsGiven() throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder)
      let expected = try undisturbed(sweep)
      let ids = expected.keys.sorted().map { String($0.dropLast(3)) }
      for id in ids.prefix(2) { try FileManager.default.removeItem(atPath: "\(folder)/whole/runs/\(id).h5") }
      let work = try mtl("sweep", "work", folder + "/whole", "--run", ids[0])
      #expect(work.status == 0, "\(work.errors)")
      #expect(try StatusReport(folder + "/whole").waiting == 1)
      #expect(try mtl("sweep", "work", folder + "/whole", "--run", "nonsense").status == 1)
      #expect(try mtl("sweep", "work", folder + "/whole", "--run", ids[1], "--quiet").status == 0)
      #expect(try TinySweep.results(folder + "/whole") == expected)
    }
  }
}
