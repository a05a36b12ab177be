import Foundation
import MTL
import Testing

/// Sweeps on a real Slurm of two nodes: whatever happens, the results are those of an undisturbed local sweep, bit for bit.
@Suite(
  .serialized,
  .enabled(if: SlurmCluster.obstacle == nil, "there is no Slurm here: script/setup --all installs it, tests need root"))
struct SlurmTests {
  private static let settings = "slurm: {partition: main, time: 10, memory: 100M, poll-seconds: 0.2}"

  /// A cluster, a sweep whose runs take a second or so, and its results.
  private func prepared(
    _ settings: String = settings, epochs: Int = 12, seeds: String = "[1]",
    _ body: (SlurmCluster, TinySweep, [String: TinySweep.Result]) throws -> Void
  ) throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, extra: settings, examples: 40, epochs: epochs, seeds: seeds)
      let whole = try mtl("sweep", "run", sweep.specification, "--out", folder + "/whole", "--quiet")
      #expect(whole.status == 0, "\(whole.errors)")
      let expected = try TinySweep.results(folder + "/whole")
      try SlurmCluster.with { cluster in try body(cluster, sweep, expected) }
    }
  }

  @Test func jobArraysOnTwoNodesGiveTheBitsOfALocalSweep() throws {
    let settings = """
      slurm: {width: 3, array-size: 4, poll-seconds: 0.2, setup: ["echo on $SLURMD_NODENAME"], extra: ["--nice=1"]}
      """
    try prepared(settings, epochs: 2, seeds: "[1, 2]") { cluster, sweep, expected in
      let slurm = try SlurmSweep(sweep, sweep.folder + "/it's 50%a \"out\"", on: cluster)
      #expect(slurm.end() == 0, "\(slurm.said)")
      #expect(slurm.said.contains("\(expected.count) of them done here"), "\(slurm.said)")
      #expect(try TinySweep.results(slurm.out) == expected)
      #expect(slurm.arrays == 2, "7 runs in arrays of 4")
      let logs = try FileManager.default.contentsOfDirectory(atPath: slurm.out + "/slurm").filter {
        $0.hasSuffix(".log")
      }
      let text = try logs.map { try String(contentsOfFile: slurm.out + "/slurm/" + $0, encoding: .utf8) }.joined()
      #expect(logs.count == expected.count && text.contains("on n1\n") && text.contains("on n2\n"), "\(text)")
      let garbage = try mtl("sweep", "gc", slurm.out, "--delete")
      #expect(garbage.output.contains("a job array whose runs are finished"), "\(garbage.output)\(garbage.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: slurm.out + "/slurm").isEmpty)
      #expect(try TinySweep.results(slurm.out) == expected)
    }
  }

  @Test func workersKilledAtRandomMomentsAreSubmittedAgain() throws {
    try prepared { cluster, sweep, expected in
      let slurm = try SlurmSweep(sweep, sweep.folder + "/killed", on: cluster)
      var generator = CounterBasedGenerator(seed: 7, purpose: .sampling)
      var killed = 0
      while slurm.process.isRunning, killed < 6 {
        usleep(UInt32(50_000 + 300_000 * generator.nextUnitFloat()))
        if let worker = slurm.workers.randomElement(), kill(worker, SIGKILL) == 0 { killed += 1 }
      }
      #expect(slurm.end() == 0, "\(slurm.said)")
      #expect(killed >= 3 && slurm.said.contains("is submitted again"), "\(slurm.said)")
      #expect(try TinySweep.results(slurm.out) == expected)
    }
  }

  @Test(arguments: ["--requeue", "--no-requeue"])
  func aNodeThatDiesInTheMiddleLosesNothing(_ option: String) throws {
    let settings = "slurm: {poll-seconds: 0.2, extra: [\"\(option)\"]}"
    try prepared(settings, epochs: 16) { cluster, sweep, expected in
      let slurm = try SlurmSweep(sweep, sweep.folder + "/node", on: cluster)
      try slurm.wait("runs on both nodes") { slurm.checkpoints >= 3 }
      let before = slurm.workers.count
      try cluster.command("kill-node", "n2")
      #expect(slurm.workers.count < before, "its jobs died with it")
      // Slurm finds out by itself after a while; an administrator may be faster.
      if option == "--no-requeue" {
        try cluster.slurm("scontrol", "update", "nodename=n2", "state=down", "reason=dead")
      }
      #expect(slurm.end() == 0, "\(slurm.said)")
      #expect(slurm.said.contains("is submitted again") == (option == "--no-requeue"), "\(slurm.said)")
      #expect(try TinySweep.results(slurm.out) == expected)
    }
  }

  @Test func aControllerThatIsAwayForAWhileIsWaitedFor() throws {
    try prepared { cluster, sweep, expected in
      let slurm = try SlurmSweep(sweep, sweep.folder + "/away", on: cluster)
      try slurm.wait("the first checkpoint") { slurm.checkpoints >= 1 }
      try cluster.command("kill-controller")
      try slurm.wait("the note") { slurm.said.contains("Slurm cannot be reached") }
      try cluster.command("start-controller")
      #expect(slurm.end() == 0, "\(slurm.said)")
      #expect(slurm.said.contains("Slurm is reached again"), "\(slurm.said)")
      #expect(slurm.arrays == 1, "nothing is submitted twice")
      #expect(try TinySweep.results(slurm.out) == expected)
    }
  }

  @Test func aJobToldToStopGoesOnFromItsCheckpoint() throws {
    try prepared { cluster, sweep, expected in
      let slurm = try SlurmSweep(sweep, sweep.folder + "/told", on: cluster)
      try slurm.wait("checkpoints") { slurm.checkpoints >= 2 }
      // What Slurm does before a time limit.
      try cluster.slurm("scancel", "--signal=TERM", "--batch", "--me", "--state=RUNNING")
      #expect(slurm.end() == 0, "\(slurm.said)")
      #expect(slurm.said.contains(#/is submitted again from step \d+/#), "\(slurm.said)")
      #expect(try TinySweep.results(slurm.out) == expected)
    }
  }

  @Test func aSweepThatIsStoppedOrKilledLeavesItsJobsAndFindsThemAgain() throws {
    try prepared { cluster, sweep, expected in
      let out = sweep.folder + "/left"
      let first = try SlurmSweep(sweep, out, on: cluster)
      try first.wait("jobs") { !first.workers.isEmpty }
      kill(first.process.processIdentifier, SIGINT)
      #expect(first.end() == 130)
      #expect(first.said.contains("scancel") && first.said.contains("go on without being followed"), "\(first.said)")
      let second = try SlurmSweep(sweep, out, on: cluster)
      try second.wait("jobs are found") { second.said.contains("are in the queue already and are followed") }
      kill(second.process.processIdentifier, SIGKILL)
      #expect(second.end() == SIGKILL)
      let third = try SlurmSweep(sweep, out, on: cluster)
      #expect(third.end() == 0, "\(third.said)")
      #expect(third.arrays == 1, "nothing is submitted twice")
      #expect(try TinySweep.results(out) == expected)
    }
  }

  @Test func aRunThatFailsIsTriedAgainAndItsReasonIsKept() throws {
    try prepared(epochs: 2) { cluster, sweep, expected in
      let out = sweep.folder + "/failing"
      let id = String(try #require(expected.keys.sorted().first).dropLast(3))
      let obstacle = "\(out)/runs/\(id).checkpoint"
      try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
      let slurm = try SlurmSweep(sweep, out, on: cluster, ["--retries", "1"])
      #expect(slurm.end() == 1)
      #expect(slurm.said.contains("failed and is tried again") && slurm.said.contains("1 runs failed"), "\(slurm.said)")
      let status = try StatusReport(out)
      #expect(status.finished == expected.count - 1 && status.failed == 1)
      #expect(status.runs.first { $0.id == id }?.failures.count == 2)
    }
  }

  @Test func aJobThatNeverGetsAnywhereIsGivenUp() throws {
    let settings = "slurm: {poll-seconds: 0.2, setup: [\"exit 3\"]}"
    try prepared(settings, epochs: 2) { cluster, sweep, expected in
      let slurm = try SlurmSweep(sweep, sweep.folder + "/never", on: cluster)
      #expect(slurm.end() == 1)
      #expect(slurm.said.contains("the 5th time that it got no further; see "), "\(slurm.said)")
      #expect(try StatusReport(slurm.out).failed == expected.count)
    }
  }
}
