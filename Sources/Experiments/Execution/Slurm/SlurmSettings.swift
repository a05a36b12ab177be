import MTL

/// What a specification says about Slurm's jobs, its section `slurm`. Results and run ids do not depend on it.
public struct SlurmSettings: Sendable, Hashable, Codable {
  /// Where jobs go; nil for the cluster's default.
  public var partition: String?
  /// The time limit of each run's job, as sbatch has it: minutes, `4:00:00`, `1-12`.
  public var time: String?
  /// Memory of each job, such as `8G`.
  public var memory: String?
  /// Cores of each job.
  public var cpus = 1
  /// Jobs that go on at once; nil for as many as Slurm allows.
  public var width: Int?
  /// Jobs in one array, at most.
  public var arraySize = 1000
  /// Seconds before the time limit at which a job is told to stop.
  public var signalSeconds = 60
  /// Seconds between looks at the queue.
  public var pollSeconds = 15.0
  /// Lines of shell that every job begins with, such as `module load openblas`.
  public var setup: [String] = []
  /// More options of sbatch.
  public var extra: [String] = []

  /// The defaults.
  public init() {}

  /// Options of sbatch that would take away what following the jobs depends on.
  private static let ownOptions = [
    "--array", "-a", "--job-name", "-J", "--chdir", "-D", "--wrap", "--wait", "-W", "--parsable", "--test-only",
  ]

  /// Reads the section; mistakes are added to it.
  init(_ section: YAMLSection) {
    partition = section.word("partition", "a partition's name") { !$0.hasPrefix("-") && !$0.contains(" ") }
    time = section.word("time", "a time limit such as 90 (minutes), 4:00:00 or 1-12:00") {
      $0.wholeMatch(of: #/\d+(:\d+){0,2}|\d+-\d+(:\d+){0,2}|UNLIMITED|INFINITE/#.ignoresCase()) != nil
    }
    memory = section.word("memory", "a size such as 8G or 500M") {
      $0.wholeMatch(of: #/\d+[KMGT]?/#.ignoresCase()) != nil
    }
    cpus = section.positive("cpus") ?? cpus
    width = section.positive("width")
    arraySize = section.positive("array-size") ?? arraySize
    signalSeconds = section.positive("signal-seconds") ?? signalSeconds
    if signalSeconds > 65535 { section.mistake("signal-seconds", "must be at most 65535, not \(signalSeconds)") }
    if let seconds = section.double("poll-seconds") {
      pollSeconds = seconds
      if !(seconds > 0 && seconds <= 3600) { section.mistake("poll-seconds", "must be above 0 and at most 3600") }
    }
    setup = section.strings("setup") ?? []
    extra = section.strings("extra") ?? []
    for option in extra {
      if !option.hasPrefix("-") {
        section.mistake("extra", "must be options of sbatch such as \"--account=x\", not `\(option)`")
      } else if Self.ownOptions.contains(where: { option == $0 || option.hasPrefix($0 + "=") }) {
        section.mistake("extra", "cannot hold `\(option)`, which is set for every job")
      }
    }
    section.finish()
  }
}

extension YAMLSection {
  /// A text that is not empty and fits.
  fileprivate func word(_ key: String, _ kind: String, fits: (String) -> Bool) -> String? {
    guard let text = string(key) else { return nil }
    if !text.isEmpty, fits(text) { return text }
    mistake(key, "must be \(kind), not `\(text)`")
    return nil
  }
}
