import Foundation

/// Who holds a lease: enough to tell on the same machine whether it still runs.
public struct LeaseHolder: Codable, Sendable, Hashable {
  /// The machine's name, for people.
  public var host: String
  /// Of the process.
  public var pid: Int32
  /// What tells this start of the machine, and this space of process numbers, from any other; empty where unknown.
  var space: String
  /// When the process started, in the machine's own count; tells it from a later process of the same number.
  var started: String
  /// What tells this lease from any other.
  var token: String
  /// Seconds without a heartbeat after which others may take over.
  var seconds: Double

  /// This process.
  static func current(seconds: Double) -> LeaseHolder {
    let pid = getpid()
    return LeaseHolder(
      host: ProcessInfo.processInfo.hostName, pid: pid, space: ProcessSpace.current,
      started: ProcessSpace.start(of: pid) ?? "", token: UUID().uuidString, seconds: seconds)
  }

  /// Whether it certainly does not run any more: it ran here, and its process is gone. False where that cannot be known.
  var isGone: Bool {
    guard !space.isEmpty, space == ProcessSpace.current, !started.isEmpty else { return false }
    return ProcessSpace.start(of: pid) != started
  }
}

/// What tells processes of one start of one machine apart, from Linux's /proc; unknown elsewhere, where heartbeats decide.
enum ProcessSpace {
  static let current: String = {
    let boot = read("/proc/sys/kernel/random/boot_id")?.trimmingCharacters(in: .whitespacesAndNewlines)
    let numbers = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
    guard let boot, let numbers else { return "" }
    return boot + " " + numbers
  }()

  /// Nil where there is no such process, or only what is left of one that has ended.
  static func start(of pid: Int32) -> String? {
    // After the name, which is in parentheses and may hold anything, come the state and 18 numbers, then the start.
    guard let text = read("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return String(fields[19])
  }

  private static func read(_ path: String) -> String? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    return (try? file.readToEnd()).map { String(decoding: $0, as: UTF8.self) }
  }
}
