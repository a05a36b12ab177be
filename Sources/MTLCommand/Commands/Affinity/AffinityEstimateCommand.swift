import ArgumentParser
import Experiments
import Foundation
import MTL
import TaskAffinity

extension EstimationMethod: ExpressibleByArgument {}

struct AffinityEstimateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "estimate",
    abstract: "Predict what every subset would score, without training it.",
    discussion: """
      Trains one adapter on all units, takes gradients of single examples there, and works out every subset; what is \
      computed is kept in the folder's affinity/. With --anchors, so many subsets are drawn at random and trained (or taken \
      from the folder), and each method gets its offset, slope and free parameter from them; without, its numbers order \
      subsets but have no unit. A folder without runs is made from --specification.

      Example:
        mtl affinity estimate out/quickstart --method influence-product --anchors 2
        mtl affinity estimate out/twenty --specification experiments/twenty.yaml --anchors 8
      """)

  @OptionGroup var choice: SweepChoice

  @Option(
    help: ArgumentHelp(
      "Begin a folder with this specification; none of its runs is done for that.", valueName: "spec.yaml"))
  var specification: String?

  @Option(
    name: .customLong("method"),
    help: ArgumentHelp(
      "A method; may be given several times. (default: \(EstimationMethod.common.map(\.rawValue).joined(separator: ", ")))",
      valueName: "method"))
  var methods: [EstimationMethod] = []

  @Option(help: ArgumentHelp("Trained subsets, drawn at random, to calibrate by.", valueName: "n"))
  var anchors = 0

  @Option(help: ArgumentHelp("Of the drawing of the anchors.", valueName: "n"))
  var anchorSeed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The seed of the run on all units, and of the anchors. (default: the sweep's first)", valueName: "n"))
  var seed: Int?

  @Option(help: ArgumentHelp("Answers drawn for each example (curvature, fisher).", valueName: "n"))
  var draws = 2

  @Option(
    help: ArgumentHelp("Features of projected gradients (linearised-published, linearised-offset).", valueName: "n"))
  var projection = 400

  @Option(help: ArgumentHelp("States along the training (lookahead, influence).", valueName: "n"))
  var checkpoints = 2

  @Option(
    help: ArgumentHelp(
      "How far along the training on all units gradients are taken: 0 at the untrained adapter, 1 at the end.",
      valueName: "share"))
  var at = 1.0

  @Flag(help: "Calibrate by a line alone, without what it leaves of the anchors.")
  var lineOnly = false

  @Option(
    help: ArgumentHelp(
      "Write the cosines of the tasks' gradients as CSV, by layer and by matrix too.", valueName: "file"))
  var cosines: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var execution: ExecutionOptions

  func validate() throws {
    if anchors < 0 { throw ValidationError("--anchors must not be negative") }
    if !(0...1).contains(at) { throw ValidationError("--at must be between 0 and 1") }
    for (name, value) in [("draws", draws), ("projection", projection), ("checkpoints", checkpoints)] where value < 1 {
      throw ValidationError("--\(name) must be at least 1")
    }
  }

  func run() throws {
    let folder = choice.store
    if let specification {
      let document = try SweepDocument.read(path: specification)
      try folder.prepare(try execution.data.sweep(document).record, specification: try document.text())
    }
    let (plan, point) = try choice.plan()
    let document = try SweepDocument.read(path: folder.specificationPath(of: choice.sweep))
    let sweep = try execution.data.sweep(document)
    var settings = EstimationSettings()
    if !methods.isEmpty { settings.methods = methods }
    settings.seed = seed ?? plan.runs.compactMap(\.seed).first ?? 1
    (settings.anchors, settings.anchorSeed) = (anchors, anchorSeed)
    (settings.draws, settings.projection, settings.checkpoints) = (draws, projection, checkpoints)
    settings.at = at
    if lineOnly { settings.residuals = nil }
    let own = plan.runs.filter { $0.seed == settings.seed && $0.points?.contains(point) ?? true }
    let order = try AffinityEstimation.anchors(
      own.map(\.subset), count: own.count(where: { $0.subset.count > 1 }), seed: anchorSeed)
    guard anchors <= order.count else {
      throw ValidationError("--anchors \(anchors): the sweep has \(order.count) subsets of two or more units")
    }
    let missing = own.filter { run in
      order.prefix(anchors).contains(run.subset)
        && (try? folder.isFinished(run.id, evaluations: run.evaluations ?? [:])) != true
    }.map(\.id)
    if !missing.isEmpty { try execution.execute(document, in: choice.folder, only: missing) }
    let trained = try folder.trainedScores(plan, point: point, seed: settings.seed)
    // Beyond the anchors themselves, only what is trained already is taken.
    let known = order.enumerated().filter { $0.offset < anchors || trained.scores[$0.element] != nil }.map(\.element)

    let stop = StopSignal()
    let contexts = ContextStore(
      sweep, programVersion: programVersion, cacheBytes: execution.cacheMegabytes << 20, scratchFolder: choice.folder)
    var line = ProgressLine(quiet: execution.quiet)
    let estimation = try AffinityEstimation(
      sweep: sweep, point: point, folder: folder, context: try contexts.context(point),
      pool: execution.workers.pool(stop: stop.flag), settings: settings
    ) { event in
      switch event {
      case .step(let what, let step, let count):
        line.show(Double(step) / Double(max(1, count)), secondsLeft: nil, "\(what): \(step)/\(count)")
      case .begins(let what): line.show(0, secondsLeft: nil, what, important: true)
      }
    }
    var estimates: AffinityEstimates
    do {
      estimates = try estimation.estimate(trained, anchors: known)
      if let cosines {
        let table = TidyTable.cosines(try estimation.cosinesByPart(), layout: estimates.layout)
        try table.csv().write(toFile: cosines, atomically: true, encoding: .utf8)
      }
    } catch is Stopped {
      line.end()
      printNote("stopped; what was computed is kept, and the same command goes on from there")
      throw ExitCode(stop.exitCode)
    }
    line.end()
    estimates.point = choice.point ?? ""
    try folder.write(estimates, point: point)
    printLine(json ? try jsonText(estimates) : estimates.text(style: MatrixStyle(colours: outputHasColours)))
  }
}
