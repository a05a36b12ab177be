import CProcess
import Foundation

extension ProcessCommand {
  /// Kills every command that goes on: for a program that ends at once.
  package static func killAll() { mtl_process_kill_all() }

  /// Runs the command to its end, with `input` on standard input and standard output in a new file at `output`.
  ///
  /// The calling thread does all the work and waits for no other. The command and everything in its process group are
  /// killed at the time limit, and when it has printed more than it may, of which no more than the limit is written.
  ///
  /// - Throws: ``PluginError``, `FormatError.unwritable`.
  package func run(input: Data?, output: String) throws {
    let file = try Descriptor(creating: output)
    var run = try ProcessRun(self, input: Descriptor(input: input, beside: output), output: file, path: output)
    switch try run.end() {
    case .exited(0): return
    case .exited(let status):
      throw PluginError.processFailed(command: text, status: "status \(status)", standardError: run.errorTail)
    case .signalled(let signal):
      throw PluginError.processFailed(command: text, status: "signal \(signal)", standardError: run.errorTail)
    case .lost:
      throw PluginError.processFailed(command: text, status: "an unknown status", standardError: run.errorTail)
    case .timedOut:
      throw PluginError.processTimedOut(command: text, seconds: timeLimit, standardError: run.errorTail)
    case .tooLarge: throw PluginError.processOutputTooLarge(command: text, bytes: outputLimit)
    }
  }
}

/// A running command, its output copied until it ends or has to be ended.
private struct ProcessRun {
  enum End {
    case exited(Int32)
    case signalled(Int32)
    /// Somebody else has taken its status.
    case lost
    case timedOut
    case tooLarge
  }

  private let process: pid_t
  private let deadline: ContinuousClock.Instant
  private let path: String
  private let output: Descriptor
  private var printed: Descriptor?
  private var said: Descriptor?
  private var bytesLeft: Int
  private var errors = Data()
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  private static let mostErrorBytes = 4096

  init(_ command: ProcessCommand, input: Descriptor, output: Descriptor, path: String) throws {
    func notStarted(_ reason: String) -> PluginError { .processNotStarted(command: command.text, reason: reason) }
    guard let program = command.arguments.first, !program.isEmpty else { throw notStarted("it names no program") }
    guard FileManager.default.fileExists(atPath: command.folder) else {
      throw notStarted("there is no folder \(command.folder)")
    }
    let (printed, printing) = try Descriptor.pipe(path)
    let (said, saying) = try Descriptor.pipe(path)
    var words: [UnsafeMutablePointer<CChar>?] = command.arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let error = withExtendedLifetime((input, printing, saying)) {
      mtl_process_start(&process, program, words, command.folder, [input.number, printing.number, saying.number])
    }
    switch error {
    case 0: break
    case ENOENT: throw notStarted("there is no program \(program)")
    case EACCES: throw notStarted("\(program) is not an executable file")
    case ENOEXEC:
      throw notStarted("\(program) is no program; a script begins with a line such as #!/usr/bin/env python3")
    default: throw notStarted(systemReason(error))
    }
    self.process = process
    self.path = path
    self.output = output
    self.printed = printed
    self.said = said
    bytesLeft = command.outputLimit
    deadline = .now + .seconds(min(command.timeLimit, 1e9))
  }

  /// The last lines of what it wrote to standard error.
  var errorTail: String {
    String(decoding: errors, as: UTF8.self).split(separator: "\n").suffix(8).map { "  \($0)" }.joined(separator: "\n")
  }

  /// Copies what is printed until the command has ended, and leaves nothing of its group behind.
  mutating func end() throws -> End {
    defer { stop() }
    var pause: Int32 = 1
    while true {
      let isOpen = printed != nil || said != nil
      wait(isOpen ? 20 : pause)
      if !isOpen { pause = min(20, 2 * pause) }
      if try copy() == nil { return .tooLarge }
      if let end = state() {
        // Others of its group may print for ever; what is in the pipes by now is all that counts.
        mtl_process_kill(process)
        var count: Int? = 1
        while count ?? 0 > 0, ContinuousClock.now < deadline { count = try copy() }
        return count == nil ? .tooLarge : end
      }
      if ContinuousClock.now > deadline {
        mtl_process_kill(process)
        _ = try copy()
        return .timedOut
      }
    }
  }

  private func state() -> End? {
    var value: Int32 = 0
    switch Int(mtl_process_state(process, &value)) {
    case MTL_PROCESS_RUNS: return nil
    case MTL_PROCESS_EXITED: return .exited(value)
    case MTL_PROCESS_SIGNALLED: return .signalled(value)
    default: return .lost
    }
  }

  /// Kills what is left, and waits a few seconds at most for the system to have done it.
  private func stop() {
    mtl_process_kill(process)
    for _ in 0..<500 where state() == nil { usleep(10_000) }
    mtl_process_release(process)
  }

  /// Waits until something can be read, at most some milliseconds.
  private func wait(_ milliseconds: Int32) {
    var waiting = [printed, said].compactMap { $0.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) } }
    _ = poll(&waiting, nfds_t(waiting.count), milliseconds)
  }

  /// Takes one portion of what can be read from each pipe: the number of bytes, nil where more was printed than may be.
  private mutating func copy() throws -> Int? {
    var taken = 0
    if let pipe = said {
      let count = pipe.read(&buffer)
      if count == 0 { said = nil }
      if count > 0 {
        errors = (errors + buffer[..<count]).suffix(Self.mostErrorBytes)
        taken += count
      }
    }
    if let pipe = printed {
      let count = pipe.read(&buffer)
      if count == 0 { printed = nil }
      if count > bytesLeft { return nil }
      if count > 0 {
        bytesLeft -= count
        try output.write(buffer[..<count], path)
        taken += count
      }
    }
    return taken
  }
}
