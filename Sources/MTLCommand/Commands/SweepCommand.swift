import ArgumentParser
import Experiments
import Foundation
import MTL

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Train and score an adapter for every subset of the categories.",
    subcommands: [Run.self, Status.self])

  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Do the runs of a specification that are not done.",
      discussion: """
        Every run is one HDF5 file in the output folder, named by the digest of its settings and inputs, so a run that is \
        there is not done again, and a sweep that was stopped goes on where it was.

        Example:
          mtl sweep run experiments/quickstart.yaml --out out/quickstart --seeds 3
        """)

    @Argument(help: ArgumentHelp("The sweep's specification.", valueName: "spec.yaml"))
    var specification: String

    @Option(help: ArgumentHelp("The folder for the runs.", valueName: "folder"))
    var out: String

    @Option(help: ArgumentHelp("Use seeds 1 to n instead of the specification's.", valueName: "n"))
    var seeds: Int?

    @Option(
      help: ArgumentHelp(
        "Megabytes of states below the adapters kept in memory; the rest goes to a file.", valueName: "n"))
    var cacheMegabytes = 2048

    @OptionGroup var workers: WorkerOptions
    @OptionGroup var data: DataOptions

    @Flag(help: "Print no progress.")
    var quiet = false

    func validate() throws {
      if let seeds, seeds < 1 { throw ValidationError("--seeds must be at least 1") }
      if cacheMegabytes < 0 { throw ValidationError("--cache-megabytes must not be negative") }
    }

    func run() throws {
      var spec = try SweepSpecification.read(path: specification)
      if let seeds { spec.seeds = Array(1...seeds) }
      let source = try ModelSource.open(path: try locateBase(spec.base))
      let tokenizer = try source.tokenizer()
      let template = try source.chatTemplate(spec.template, tokenizer: tokenizer)
      let plan = try SweepPlan(
        spec, tasks: try data.load(spec.tasks), baseDigest: source.sha256,
        template: template.family.rawValue)
      let folder = SweepFolder(out)
      try folder.prepare(plan, specification: try String(contentsOfFile: specification, encoding: .utf8))
      let context = try RunContext(
        model: try LanguageModel(source, storage: spec.baseStorage),
        format: PromptFormat(tokenizer: tokenizer, chat: template, eosTokenIDs: source.configuration.eosTokenIDs),
        plan: plan, pool: workers.pool(), programVersion: programVersion, cacheBytes: cacheMegabytes << 20,
        scratchFolder: out)
      try go(context, folder)
    }

    private func go(_ context: RunContext, _ folder: SweepFolder) throws {
      let stop = StopSignal()
      var line = ProgressLine(quiet: quiet)
      let start = Date()
      var finished = -1
      defer { line.end() }
      try SweepRunner(context: context, folder: folder).run(shouldStop: { stop.isRequested }) { progress in
        let text = "\(progress.finishedRuns)/\(progress.totalRuns) runs, \(progress.activity)"
        line.show(
          progress.fraction, secondsLeft: progress.secondsLeft, text, important: progress.finishedRuns != finished)
        finished = progress.finishedRuns
      }
      line.end()
      if !quiet {
        printNote("\(context.plan.runs.count) runs in \(out), \(durationText(Date().timeIntervalSince(start)))")
      }
    }
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say which runs of a sweep are done.", discussion: "Example:\n  mtl sweep status out/quickstart")

    @Argument(help: ArgumentHelp("The folder of the sweep.", valueName: "folder"))
    var folder: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      struct Report: Encodable {
        struct Run: Encodable {
          var id: String
          var subset: [String]
          var seed: Int?
          var status: String
        }
        var finished: Int
        var runs: [Run]
      }
      let folder = SweepFolder(folder)
      let runs = try folder.plan().runs.map { run in
        Report.Run(id: run.id, subset: run.subset.units, seed: run.seed, status: try folder.status(of: run.id))
      }
      let report = Report(finished: runs.count { $0.status == "finished" }, runs: runs)
      if json {
        printLine(try jsonText(report))
        return
      }
      for run in runs {
        let subset = run.subset.isEmpty ? "base" : run.subset.joined(separator: "+")
        printLine(
          "\(run.id.prefix(12))  \(run.status.padding(toLength: 9, withPad: " ", startingAt: 0))  \(subset)\(run.seed.map { " seed \($0)" } ?? "")"
        )
      }
      printLine("\(report.finished) of \(runs.count) runs are finished")
    }
  }
}
