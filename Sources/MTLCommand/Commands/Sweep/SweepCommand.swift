import ArgumentParser
import Experiments
import Foundation
import MTL

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Train and score an adapter for every subset of the categories.",
    subcommands: [
      SweepRun.self, SweepPlanCommand.self, SweepStatusCommand.self, SweepResume.self, SweepWork.self, SweepGC.self,
      SweepVerify.self,
    ])
}

/// A specification, and changes to it.
struct SpecificationOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The sweep's specification.", valueName: "spec.yaml"))
  var specification: String

  @Argument(help: ArgumentHelp("Changes to it, such as lora.rank=32.", valueName: "key=value"))
  var changes: [String] = []

  @Option(help: ArgumentHelp("Use seeds 1 to n instead of the specification's.", valueName: "n"))
  var seeds: Int?

  func validate() throws {
    if let seeds, seeds < 1 { throw ValidationError("--seeds must be at least 1") }
  }

  func read() throws -> SweepDocument {
    let seeds = seeds.map { "seeds=[\((1...$0).map(String.init).joined(separator: ", "))]" }
    return try SweepDocument.read(path: specification, overrides: changes + (seeds.map { [$0] } ?? []))
  }
}

extension DataOptions {
  /// The sweep that a document describes.
  func sweep(_ document: SweepDocument) throws -> Sweep {
    try Sweep(try document.points(), locate: locateBase, load: load)
  }
}

/// How runs are carried out on this machine.
struct ExecutionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Runs at once. (default: one a core, as far as memory allows)", valueName: "n"))
  var jobs: Int?

  @Option(help: ArgumentHelp("Try a run that fails so many times more.", valueName: "n"))
  var retries = 0

  @Option(
    help: ArgumentHelp(
      "Megabytes of states below the adapters kept in memory; the rest goes to a file.", valueName: "n"))
  var cacheMegabytes = 2048

  @Option(help: ArgumentHelp("Keep the state of a run every so many seconds.", valueName: "s"))
  var checkpointSeconds = 60.0

  @Option(
    help: ArgumentHelp(
      "Let other processes take over a run after so many seconds without a sign of life.", valueName: "s"))
  var leaseSeconds = 60.0

  @Option(help: ArgumentHelp("Write event files for TensorBoard.", valueName: "folder"))
  var tensorboard: String?

  @OptionGroup var workers: WorkerOptions
  @OptionGroup var data: DataOptions

  @Flag(help: "Print no progress.")
  var quiet = false

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
    if retries < 0 { throw ValidationError("--retries must not be negative") }
    if cacheMegabytes < 0 { throw ValidationError("--cache-megabytes must not be negative") }
    if !(checkpointSeconds >= 0) { throw ValidationError("--checkpoint-seconds must not be negative") }
    if !(leaseSeconds >= 1 && leaseSeconds <= 3600) { throw ValidationError("--lease-seconds must be from 1 to 3600") }
  }

  /// Has the runs done; all, or those of the ids.
  func execute(
    _ document: SweepDocument, in out: String, only ids: [String]? = nil, isLatest: Bool = true,
    by kind: ExecutorKind = .local
  ) throws {
    let sweep = try data.sweep(document)
    let folder = SweepFolder(out)
    let slurm = kind == .slurm ? try slurmExecutor(sweep, document, in: out) : nil
    if ids == nil {
      try folder.prepare(sweep.record, specification: try document.text(), isLatest: isLatest)
      try folder.keepExamples(of: sweep)
    } else {
      try folder.checkBases(of: sweep.record)
    }
    let stop = StopSignal()
    let start = ContinuousClock.now
    let driver = SweepDriver(
      sweep: sweep, folder: folder, executor: slurm ?? localExecutor(sweep, in: out, stop: stop.flag), retries: retries)
    var watch = SweepWatch(quiet: quiet, tensorboard: tensorboard)
    defer { watch.line.end() }
    if ids == nil { try watch.begin(sweep, in: folder) }
    do { try driver.run(only: ids, stop: stop.flag) { watch.note($0) } } catch let error as SweepError {
      watch.line.end()
      guard case .interrupted = error else { throw error }
      printNote("\(error)")
      throw ExitCode(stop.exitCode)
    }
    watch.line.end()
    if !quiet {
      let time = durationText((ContinuousClock.now - start) / .seconds(1))
      printNote("\(ids?.count ?? sweep.runs.count) runs in \(out), \(watch.doneHere) of them done here, \(time)")
    }
  }
}

/// Who does the runs of a sweep.
enum ExecutorKind: String, ExpressibleByArgument, CaseIterable {
  case local
  case slurm
}

/// A choice of who does the runs.
struct ExecutorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Who does the runs: this process, or jobs of Slurm (docs/cluster.md), each with --workers cores, --jobs at once.",
      valueName: "local|slurm"))
  var executor = ExecutorKind.local
}

extension ExecutionOptions {
  private func localExecutor(_ sweep: Sweep, in out: String, stop: StopFlag) -> LocalExecutor {
    let cores = workers.count
    let cache = cacheMegabytes << 20
    let worker = RunWorker(
      sweep: sweep, folder: SweepFolder(out),
      contexts: ContextStore(sweep, programVersion: programVersion, cacheBytes: cache, scratchFolder: out),
      checkpointSeconds: checkpointSeconds, leaseSeconds: leaseSeconds)
    return LocalExecutor(
      worker: worker, jobs: jobs ?? Machine.jobs(for: sweep, cores: cores, cacheBytes: cache), cores: cores, stop: stop)
  }

  private func slurmExecutor(_ sweep: Sweep, _ document: SweepDocument, in out: String) throws -> SlurmExecutor {
    var settings = try document.points().first?.specification.slurm ?? SlurmSettings()
    settings.width = jobs ?? settings.width
    settings.cpus = workers.workers ?? settings.cpus
    let here = FileManager.default.currentDirectoryPath
    var arguments = [
      "--checkpoint-seconds=\(checkpointSeconds)", "--lease-seconds=\(leaseSeconds)",
      "--cache-megabytes=\(cacheMegabytes)",
    ]
    if let folder = data.data { arguments.append("--data=\(folder)") }
    arguments += data.sources.plugin.map { "--plugin=\($0)" }
    if data.sources.allowOutside { arguments.append("--allow-outside") }
    if data.sources.skipBadRows { arguments.append("--skip-bad-rows") }
    if data.sources.allowProcess { arguments.append("--allow-process") }
    return try SlurmExecutor(
      sweep: sweep, folder: SweepFolder(URL(filePath: out).path), settings: settings,
      work: SlurmWork(
        program: Bundle.main.executablePath ?? "mtl", folder: here, arguments: arguments,
        specification: try document.text()))
  }
}

/// What is shown and logged while a sweep goes on.
struct SweepWatch {
  var line: ProgressLine
  private let log: TensorBoardLog?
  private var finished = -1
  /// Runs that this process has finished.
  private(set) var doneHere = 0

  init(quiet: Bool, tensorboard: String?) {
    line = ProgressLine(quiet: quiet)
    log = tensorboard.map { TensorBoardLog(folder: $0, now: { Date().timeIntervalSince1970 }) }
  }

  /// Logs the runs that are there already.
  func begin(_ sweep: Sweep, in folder: SweepFolder) throws {
    guard let log else { return }
    for run in sweep.runs where (try? folder.isFinished(run.id, evaluations: run.evaluations)) == true {
      try log.add(run, in: folder)
    }
  }

  mutating func note(_ event: SweepEvent) {
    switch event {
    case .progress(let progress):
      line.show(
        progress.fraction, secondsLeft: progress.secondsLeft,
        "\(progress.finishedRuns)/\(progress.totalRuns) runs, \(progress.activity)",
        important: progress.finishedRuns != finished)
      finished = progress.finishedRuns
    case .notice(let text):
      line.end()
      printNote(text)
    case .run(let run, let event):
      if case .finished = event { doneHere += 1 }
      // Watching is no reason to fail.
      do { try log?.note(run, event) } catch { printNote("\(error)") }
    }
  }
}
