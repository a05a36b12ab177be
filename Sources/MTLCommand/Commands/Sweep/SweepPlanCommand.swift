import ArgumentParser
import Experiments
import Foundation
import MTL
import TaskAffinity

struct SweepPlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say which runs a specification has, and what they will take.",
    discussion: """
      The time follows from the speed of finished runs in the output folder; with --measure from a few training steps of \
      the largest run; otherwise from this machine's matrix products, which training does not quite reach. Texts are \
      counted as long as they may get. Nothing is written. With --pilot, a folder where the same or a smaller sweep was \
      run with two or more seeds, also how many seeds show which difference.

      Example:
        mtl sweep plan experiments/quickstart.yaml --out out/quickstart
        mtl sweep plan experiments/quickstart.yaml --pilot out/pilot
      """)

  @OptionGroup var specification: SpecificationOptions

  @Option(help: ArgumentHelp("The folder with finished runs.", valueName: "folder"))
  var out: String?

  @Option(help: ArgumentHelp("A folder with runs of two or more seeds: says how many are needed.", valueName: "folder"))
  var pilot: String?

  @Flag(help: "Measure the speed: loads the base.")
  var measure = false

  @Option(help: ArgumentHelp("Runs at once. (default: one a core, as far as memory allows)", valueName: "n"))
  var jobs: Int?

  @OptionGroup var workers: WorkerOptions
  @OptionGroup var data: DataOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let sweep = try data.sweep(try specification.read())
    let power = try pilot.map(power)
    let folder = out.map { SweepFolder($0) }
    let pool = workers.pool()
    let (speed, source): (Double, SweepEstimate.Source)
    if let recorded = folder?.recordedSpeed(sweep.record) {
      (speed, source) = (recorded, .finishedRuns)
    } else if measure {
      (speed, source) = (try sweep.measure(on: pool), .measured)
    } else {
      // The bound is of training tokens through all layers, each worth two and a half.
      let bounds = sweep.points.map(\.source.configuration).reduce(into: [ModelConfiguration]()) {
        if !$0.contains($1) { $0.append($1) }
      }.map { GEMMBound.measure($0, on: pool).boundTokensPerSecond }
      (speed, source) = (2.5 * (bounds.min() ?? 0), .bound)
    }
    let jobs = jobs ?? Machine.jobs(for: sweep, cores: workers.count, cacheBytes: 2048 << 20)
    var estimate = SweepEstimate(sweep, in: folder, speed: speed, source: source, jobs: jobs)
    estimate.power = power
    if json { printLine(try jsonText(estimate)) } else { show(estimate, jobs) }
  }

  /// Of the folder's sweep with the most seeds.
  private func power(_ pilot: String) throws -> PilotPower {
    let folder = SweepFolder(pilot)
    let latest = try folder.plan()
    func seeds(_ plan: SweepFolder.Plan) -> Int { Set(plan.runs.compactMap(\.seed)).count }
    let most = try folder.plans().max { seeds($0) < seeds($1) }
    let chosen = most.flatMap { seeds($0) > seeds(latest) ? $0.name : nil }
    do { return try AffinityAnalysis(try folder.scores(point: nil, sweep: chosen)).pilotPower() } catch let error
      as AffinityError
    {
      throw ValidationError("--pilot \(pilot): \(error)")
    }
  }

  private func show(_ estimate: SweepEstimate, _ jobs: Int) {
    var table = [["run", "", "steps", "training tokens", "scored tokens", "at most generated", "time", "trained on"]]
    for run in estimate.runs {
      table.append([
        String(run.id.prefix(12)), run.finished ? "done" : "", "\(run.size.steps)", "\(run.size.trainingTokens)",
        "\(run.size.evaluationTokens)", "\(run.size.generatedTokens)", durationText(run.seconds), run.title,
      ])
    }
    let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    for row in table {
      let cells = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return (2...6).contains(column) ? space + row[column] : row[column] + space
      }
      printLine(cells.joined(separator: "  ").replacing(#/\s+$/#, with: ""))
    }
    let left = estimate.runs.filter { !$0.finished }
    let tokens = left.reduce(0) { $0 + $1.size.trainingTokens }
    printLine("\(estimate.runs.count) runs, \(left.count) to do, \(tokens) training tokens, \(jobs) at once")
    printLine(
      "about \(durationText(estimate.secondsLeft)) on this machine, judged by \(estimate.source.rawValue); "
        + "\(bytesText(estimate.bytes)) for the runs, \(bytesText(estimate.checkpointBytes)) while they go on")
    if let power = estimate.power { printLine("\n" + power.text()) }
  }
}
