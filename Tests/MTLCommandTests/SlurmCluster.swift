import Foundation
import Testing

/// A real Slurm of two nodes on this machine: script/slurm-test-cluster.
struct SlurmCluster {
  let folder: String

  private static let script = packageFolder + "/script/slurm-test-cluster"

  /// Why this machine cannot have one; nil where it can.
  static let obstacle: String? = {
    let process = Process()
    process.executableURL = URL(filePath: script)
    process.arguments = ["check"]
    let errors = Pipe()
    process.standardError = errors
    guard (try? process.run()) != nil else { return "\(script) does not run" }
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 0 { return nil }
    print("skipped: sweeps on a real Slurm; \(text)")
    return text
  }()

  /// A cluster that is ended afterwards.
  static func with<Value>(_ body: (SlurmCluster) throws -> Value) throws -> Value {
    let cluster = SlurmCluster(folder: "/tmp/mtl-slurm-" + UUID().uuidString.prefix(8))
    try cluster.command("start")
    defer { try? cluster.command("stop") }
    return try body(cluster)
  }

  /// One of the script's commands, such as `kill-node n2`.
  func command(_ words: String...) throws {
    #expect(try call(Self.script, words + [folder]).status == 0, "\(words)")
  }

  /// One of Slurm's commands.
  @discardableResult func slurm(_ words: String...) throws -> String { try call("/usr/bin/env", words).output }

  private func call(_ program: String, _ arguments: [String]) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = environment
    let output = Pipe()
    process.standardOutput = output
    // Daemons would hold a pipe open.
    process.standardError = FileHandle.nullDevice
    if program == Self.script { process.standardOutput = FileHandle.nullDevice }
    try process.run()
    let text = program == Self.script ? Data() : output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self), errors: "")
  }

  var environment: [String: String] {
    ProcessInfo.processInfo.environment.merging(["SLURM_CONF": folder + "/slurm.conf"]) { $1 }
  }
}

/// `mtl sweep run` with Slurm, going on.
final class SlurmSweep {
  let process: Process
  let out: String
  private let log: String

  /// Starts it.
  init(_ sweep: TinySweep, _ out: String, on cluster: SlurmCluster, _ more: [String] = []) throws {
    self.out = out
    log = sweep.folder + "/driver-\(UUID().uuidString.prefix(8)).log"
    let arguments = ["sweep", "run", sweep.specification, "--out", out, "--executor", "slurm"]
    (process, _, _) = try makeProcess(arguments + ["--checkpoint-seconds", "0", "--lease-seconds", "2"] + more)
    process.environment = cluster.environment
    try Data().write(to: URL(filePath: log))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
    try process.run()
  }

  /// What it has said so far.
  var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  /// Waits for it to end.
  func end() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Waits until something holds; fails where the sweep ends or a minute passes first.
  func wait(_ what: String, until holds: () throws -> Bool) throws {
    let start = ContinuousClock.now
    while try !holds() {
      try #require(process.isRunning && ContinuousClock.now - start < .seconds(60), "\(what)\n\(said)")
      usleep(20_000)
    }
  }

  /// Numbers of the processes that do runs of this sweep's folder.
  var workers: [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap(Int32.init).filter { pid in
      guard let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")?.split(separator: 0) else {
        return false
      }
      return words.count > 3 && words[1] == Data("sweep".utf8) && words[2] == Data("work".utf8)
        && words[3] == Data(out.utf8)
    }
  }

  /// How many runs have a checkpoint.
  var checkpoints: Int { count(in: "runs", ".checkpoint") }

  /// How many runs are finished.
  var finished: Int { count(in: "runs", ".h5") }

  /// How many job arrays were submitted.
  var arrays: Int { count(in: "slurm", ".runs") }

  private func count(in folder: String, _ ending: String) -> Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: out + "/" + folder)) ?? []).count { $0.hasSuffix(ending) }
  }
}
