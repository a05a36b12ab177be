import Dispatch
import Foundation
import Subprocess
import Synchronization

extension ProcessCommand {
  /// Runs the command to its end, with `input` on standard input and standard output in a new file at `output`.
  ///
  /// The command and everything it started are killed at the time limit, and when it prints too much.
  ///
  /// - Throws: ``PluginError``, `FormatError.unwritable`.
  func run(input: Data?, output: String) throws {
    let errors = output + ".stderr"
    let given = output + ".stdin"
    defer { for path in [errors, given] { unlink(path) } }
    if let input { try AtomicFile.write(to: given) { try $0.write(input) } }
    let files = try [
      open(input == nil ? "/dev/null" : given, flags: O_RDONLY), open(output, flags: O_WRONLY | O_CREAT | O_EXCL),
      open(errors, flags: O_WRONLY | O_CREAT | O_EXCL),
    ]
    switch waitFor({ await self.end(files, output: output, errors: errors) }) {
    case .exited(0): return
    case .exited(let status):
      throw PluginError.processFailed(command: text, status: "status \(status)", standardError: tail(errors))
    case .signalled(let signal):
      throw PluginError.processFailed(command: text, status: "signal \(signal)", standardError: tail(errors))
    case .notStarted(let reason): throw PluginError.processNotStarted(command: text, reason: reason)
    case .timedOut:
      throw PluginError.processTimedOut(command: text, seconds: timeLimit, standardError: tail(errors))
    case .tooLarge: throw PluginError.processOutputTooLarge(command: text, bytes: outputLimit)
    }
  }

  /// How a command ended.
  private enum End: Sendable {
    case exited(Int)
    case signalled(Int)
    case notStarted(String)
    case timedOut
    case tooLarge
  }

  /// Runs with the descriptors of standard input, output and error, which are closed.
  private func end(_ files: [Int32], output: String, errors: String) async -> End {
    await withTaskGroup(of: End?.self) { group in
      group.addTask { await execute(files) }
      group.addTask {
        let start = ContinuousClock.now
        while !Task.isCancelled {
          if ContinuousClock.now - start > .seconds(timeLimit) { return .timedOut }
          if size(output) + size(errors) > outputLimit { return .tooLarge }
          try? await Task.sleep(for: .milliseconds(20))
        }
        return nil
      }
      var end: End?
      while let next = await group.next() {
        // What came first is the reason; what follows is its consequence.
        end = end ?? next
        group.cancelAll()
      }
      // The last of what a fast command printed.
      if size(output) > outputLimit { return .tooLarge }
      return end ?? .notStarted("no reason is known")
    }
  }

  private func execute(_ files: [Int32]) async -> End {
    var options = PlatformOptions()
    // A group of its own, so that what it starts is killed with it.
    options.processGroupID = 0
    options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))]
    let program = arguments.first ?? ""
    let path = program.hasPrefix("/") ? program : folder + "/" + program
    // The kernel holds the command to its output limit (in blocks of 512 bytes), however busy this process is.
    let limit = "ulimit -f \(max(1, outputLimit / 512 + 1)); exec \"$0\" \"$@\""
    do {
      let result = try await Subprocess.run(
        .path("/bin/sh"),
        arguments: .init(["-c", limit, program.contains("/") ? path : program] + arguments.dropFirst()),
        workingDirectory: .init(folder), platformOptions: options,
        input: .fileDescriptor(.init(rawValue: files[0]), closeAfterSpawningProcess: true),
        output: .fileDescriptor(.init(rawValue: files[1]), closeAfterSpawningProcess: true),
        error: .fileDescriptor(.init(rawValue: files[2]), closeAfterSpawningProcess: true))
      return switch result.terminationStatus {
      case .exited(127): .notStarted("there is no program \(program)")
      case .exited(let status): .exited(Int(status))
      case .signaled(let signal): .signalled(Int(signal))
      }
    } catch {
      return .notStarted("\(error)")
    }
  }

  private func open(_ path: String, flags: Int32) throws -> Int32 {
    let descriptor = Foundation.open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FormatError.unwritable(path: path, reason: systemReason()) }
    return descriptor
  }

  private func size(_ path: String) -> Int {
    var information = stat()
    return stat(path, &information) == 0 ? Int(information.st_size) : 0
  }

  /// The last lines of a file.
  private func tail(_ path: String) -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
    defer { try? handle.close() }
    let end = (try? handle.seekToEnd()) ?? 0
    try? handle.seek(toOffset: end > 4096 ? end - 4096 : 0)
    let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").suffix(8).map { "  \($0)" }.joined(separator: "\n")
  }
}

/// Runs jobs one after another on a thread of its own.
///
/// A thread that waits for one of Swift's shared threads may be one of them, and they may all be waiting.
private final class QueueExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "mtl.process")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

private final class Box<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
}

/// The result of work that is asynchronous, for code that is not.
private func waitFor<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result {
  let box = Box<Result>()
  let done = DispatchSemaphore(value: 0)
  Task(executorPreference: QueueExecutor()) {
    let result = await work()
    box.value.withLock { $0 = result }
    done.signal()
  }
  while true {
    done.wait()
    if let result = box.value.withLock({ $0 }) { return result }
  }
}
