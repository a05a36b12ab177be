/// What Slurm says about one task of a job array.
struct SlurmTask: Sendable, Hashable {
  /// The array's job, which scancel takes.
  var jobID: String
  /// Of the task in the array.
  var index: Int
  /// Slurm's word, such as `RUNNING`.
  var state: String
  /// Where it runs or ran; may be empty.
  var nodes: String
  /// The job's name.
  var name: String
  /// Why it waits.
  var reason: String

  /// Whether it is over. Words of later versions of Slurm count as not over.
  var isOver: Bool {
    [
      "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",
      "TIMEOUT",
    ].contains(state)
  }

  /// Whether it waits for nothing that passes by itself.
  var isStuck: Bool {
    let usual = [
      "None", "Resources", "Priority", "JobArrayTaskLimit", "BeginTime", "Cleaning", "Prolog", "Reservation", "",
    ]
    return state == "PENDING" && !usual.contains(reason) && !reason.contains("Limit")
      || state == "REQUEUE_HOLD" || state == "SPECIAL_EXIT"
  }

  /// As people and scancel write it.
  var label: String { "\(jobID)_\(index)" }
}

/// The queue as squeue prints it.
enum SlurmQueue {
  /// Columns of squeue that ``parse(_:command:)`` reads; the last may hold anything.
  static let format = "%F|%K|%T|%N|%j|%r"

  /// The tasks of arrays among the lines.
  ///
  /// - Throws: ``SlurmError/garbled(command:line:)``.
  static func parse(_ text: String, command: String) throws -> [SlurmTask] {
    try text.split(whereSeparator: \.isNewline).compactMap { line in
      let fields = line.split(separator: "|", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
      let state = fields.count > 2 ? fields[2] : ""
      guard fields.count == 6, isNumber(fields[0]), !state.isEmpty,
        state.allSatisfy({ $0.isASCII && ($0.isUppercase || $0 == "_") })
      else { throw SlurmError.garbled(command: command, line: printable(line)) }
      // Jobs that are no array have no index, and are not ours.
      guard let index = Int(fields[1]), index >= 0 else { return nil }
      return SlurmTask(
        jobID: fields[0], index: index, state: state,
        nodes: printable(fields[3][...]), name: fields[4],
        reason: printable(fields[5][...]))
    }
  }

  /// The job's number in what `sbatch --parsable` prints: `123`, or `123;cluster`.
  ///
  /// - Throws: ``SlurmError/garbled(command:line:)``.
  static func jobID(_ text: String) throws -> String {
    let line = text.split(whereSeparator: \.isNewline).last ?? ""
    let number = line.split(separator: ";").first.map(String.init) ?? ""
    guard isNumber(number) else { throw SlurmError.garbled(command: "sbatch", line: printable(line)) }
    return number
  }

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count < 20 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The beginning of a line, without what a terminal would obey.
  private static func printable(_ line: Substring) -> String {
    String(
      String.UnicodeScalarView(
        line.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}
