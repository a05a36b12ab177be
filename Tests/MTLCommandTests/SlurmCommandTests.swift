import Foundation
import Testing

/// What is said where Slurm is missing, refuses, or prints nonsense: with programs that stand in for Slurm's.
@Suite struct SlurmCommandTests {
  /// Runs a tiny sweep with these programs as sbatch and squeue, and no others.
  private func run(sbatch: String?, squeue: String?, _ check: (CommandResult, String) throws -> Void) throws {
    try withFolder { folder in
      let sweep = try TinySweep(folder, extra: "slurm: {poll-seconds: 0.01}", seeds: "[1]")
      let programs = folder + "/bin"
      try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
      for (name, body) in [("sbatch", sbatch), ("squeue", squeue)] {
        guard let body else { continue }
        let text = "#!/bin/bash\n[ \"$1\" = --version ] && { echo slurm 22.05.8; exit 0; }\n\(body)\n"
        try text.write(toFile: "\(programs)/\(name)", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(programs)/\(name)")
      }
      let (process, _, errors) = try makeProcess([
        "sweep", "run", sweep.specification, "--out", folder + "/out", "--executor", "slurm",
      ])
      process.environment = ProcessInfo.processInfo.environment.merging(["PATH": programs]) { $1 }
      try process.run()
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      try check(CommandResult(status: process.terminationStatus, output: "", errors: text), folder + "/out")
    }
  }

  @Test func withoutSlurmNothingIsStarted() throws {
    try run(sbatch: nil, squeue: nil) { result, out in
      #expect(result.status == 1)
      #expect(result.errors.contains("there is no Slurm on this machine"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }
  }

  @Test(arguments: [
    "echo Welcome to the cluster", "echo '1|0|RUNNING'", "echo '1|0|rm -rf|n1|mtl-x|None'", "head -c 3000 /dev/urandom",
  ])
  func aQueueThatIsNoneIsQuoted(_ squeue: String) throws {
    try run(sbatch: "echo 1", squeue: "PATH=/usr/bin:/bin; \(squeue)") { result, _ in
      #expect(result.status == 1)
      #expect(result.errors.contains("`squeue` printed what cannot be read"), "\(result.errors)")
      #expect(result.errors.utf8.count < 4000 && !result.errors.contains("\u{1B}"))
    }
  }

  @Test func jobsOfOthersInTheQueueAreNotOurs() throws {
    let queue = "echo '7|N/A|RUNNING|n1|a|b|c'; echo '8|0|PENDING|(null)|mtl-ffffffffffff|None'"
    try run(sbatch: "echo 'sbatch: error: invalid partition' >&2; exit 1", squeue: queue) { result, _ in
      #expect(result.status == 1)
      #expect(result.errors.contains("Slurm does not take the jobs") && result.errors.contains("invalid partition"))
      #expect(!result.errors.contains("are in the queue already"))
    }
  }

  @Test func aNumberThatIsNoneIsQuoted() throws {
    try run(sbatch: "echo Submitted batch job 12", squeue: "exit 0") { result, _ in
      #expect(result.status == 1)
      #expect(result.errors.contains("`sbatch` printed what cannot be read: Submitted batch job 12"))
    }
  }

  @Test func resumingChangesNothingButSlurmsSettings() throws {
    let result = try mtl("sweep", "resume", "/nowhere", "lora.rank=4", "--executor", "slurm")
    #expect(result.status == 64 && result.errors.contains("only slurm.* may change here"))
  }
}
