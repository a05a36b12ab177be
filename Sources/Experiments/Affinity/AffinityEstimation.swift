import Foundation
import MTL
import TaskAffinity

/// Estimates what every subset of a sweep's units would score, from gradients, a few trained runs, or both.
///
/// What is computed goes to the folder `affinity` of the sweep, and is used again by other methods and later calls.
public final class AffinityEstimation {
  let context: RunContext
  let folder: SweepFolder
  let settings: EstimationSettings
  let pool: WorkerPool
  let cache: AffinityCache
  let layout: TaskLayout
  let examples: AffinityExamples
  let all: PlannedRun
  let report: (AffinityEvent) -> Void
  private let sizes: [Subset: RunSize]
  private var expansionPoint: ExpansionPoint?
  private var scratch: [String: (panels: ScratchGradients, seconds: Double)] = [:]

  /// Prepares an estimation; nothing is computed yet.
  ///
  /// - Throws: `TaskError`, `TrainingError`, `AffinityError.noExamples`.
  public init(
    sweep: Sweep, point: Int, folder: SweepFolder, context: RunContext, pool: WorkerPool,
    settings: EstimationSettings, report: @escaping (AffinityEvent) -> Void = { _ in }
  ) throws {
    self.context = context
    self.folder = folder
    self.settings = settings
    self.pool = pool
    self.report = report
    let plan = sweep.points[point].plan
    all = try plan.run(Subset(plan.units), seed: settings.seed)
    examples = try AffinityExamples(context.data, settings: all.settings)
    layout = TaskLayout(
      tasks: plan.tasks.map { ScoredTask(name: $0.name, category: $0.category) }, unitKind: plan.specification.units)
    var common = Environment.current
    for (task, digest) in try plan.evaluationDigests() { common["evaluation " + task] = digest }
    common["run"] = all.id
    cache = AffinityCache(folder: folder.path + "/affinity", common: common)
    sizes = Dictionary(
      sweep.runs.filter { $0.points.contains(point) }.map { ($0.planned.settings.subset, $0.size) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The estimand of the sweep.
  public var estimand: Estimand { context.data.plan.specification.estimand }

  /// Subsets drawn at random from those planned with two or more units: the first `count` of one fixed order, so that
  /// more anchors hold fewer.
  ///
  /// - Throws: `AffinityError.outOfRange` for more than there are.
  public static func anchors(_ planned: [Subset], count: Int, seed: UInt64) throws -> [Subset] {
    let candidates = Array(Set(planned.filter { $0.count > 1 })).sorted()
    if count == 0 { return [] }
    guard count <= candidates.count else {
      throw AffinityError.outOfRange(
        what: "the number of anchors", value: "\(count)",
        allowed: "at most \(candidates.count), the subsets of two or more units in the sweep")
    }
    return Array(SubsetDesign.order(candidates, seed: seed).prefix(count))
  }

  /// Everything that is wanted: planned subsets, singles, pairs, all but one, all.
  var wanted: [Subset] {
    let units = context.data.plan.units
    var subsets = Set(sizes.keys.filter { !$0.isBase })
    for design in [SubsetDesign.singles, SubsetDesign.pairs, SubsetDesign.leaveOneOut] {
      subsets.formUnion((try? design(units)) ?? [])
    }
    if units.count <= 8 { subsets.formUnion((try? SubsetDesign.all(units)) ?? []) }
    return subsets.sorted()
  }

  /// Estimates by every method.
  ///
  /// - Parameters:
  ///   - trained: scores (minus the loss) of trained subsets with the settings' seed: at least the anchors; singles for
  ///     `weights` and `merge`, pairs for `pairs`.
  ///   - anchors: those drawn for all methods, and for methods that are fitted on nothing else the order in which to take
  ///     more.
  /// - Returns: one estimate a method.
  /// - Throws: `AffinityError`, `TrainingError`, `FormatError`, `Stopped`.
  public func estimate(_ trained: TrainedScores, anchors: [Subset]) throws -> AffinityEstimates {
    let shared = Array(anchors.prefix(settings.anchors))
    var estimates: [MethodEstimate] = []
    // Those with gradients first: what they cost says how many trained subsets the others may have.
    for method in settings.methods where !method.isSurrogate {
      estimates.append(try estimate(method, trained, anchors: shared))
    }
    let budget = settings.equalCost ? estimates.filter { $0.method == .curvature || $0.method == .linearised } : []
    let most = budget.map(\.costInRuns).max() ?? 0
    for method in settings.methods where method.isSurrogate {
      var given = shared
      let room = max(0, anchorsAllowed - shared.count)
      for subset in anchors.dropFirst(shared.count).prefix(room) where inRuns(given + [subset]) <= most {
        given.append(subset)
      }
      estimates.append(try estimate(method, trained, anchors: given))
    }
    return AffinityEstimates(
      sweep: context.data.plan.specification.name, point: "", seed: settings.seed, estimand: estimand, layout: layout,
      anchors: shared, estimates: estimates)
  }

  /// Trained subsets that may be fitted on: half of the sweep stays to judge estimates by.
  private var anchorsAllowed: Int { sizes.keys.count { $0.count > 1 } / 2 }

  private func estimate(
    _ method: EstimationMethod, _ trained: TrainedScores, anchors: [Subset]
  ) throws -> MethodEstimate {
    report(.begins(method.rawValue))
    // The run on all units that such a method begins with is an anchor that costs no training.
    let isFree = method.needsExpansion && settings.at == 1 && !anchors.isEmpty && anchors.count < anchorsAllowed
    let free = isFree ? [all.settings.subset] : []
    let known =
      free.isEmpty
      ? trained.only(anchors)
      : TrainedScores(
        layout: layout,
        scores: trained.only(anchors).scores.merging([all.settings.subset: try scoresOfAll(trained)]) { own, _ in own })
    var parameter: Double?
    var raw: TransferEstimate
    switch method {
    case .curvature:
      let first = try curvature(damping: 1)
      (raw, parameter) = try choose(known, Self.dampings, otherwise: 1) { try first.with(damping: $0) }
    case .linearised, .linearisedPublished, .linearisedOffset:
      (raw, parameter) = try choose(known, Self.ridges, otherwise: 1e-3) { try linearised(method, ridge: $0) }
    case .surrogate:
      raw = try SurrogateEstimator(known, form: .linear(ridge: 1)).estimate(wanted, layout: layout)
    case .surrogateKernel:
      raw = try SurrogateEstimator(known, form: .kernel(length: 4, noise: 0.1)).estimate(wanted, layout: layout)
    case .pairs: raw = try PairsEstimator(trained).estimate(wanted, layout: layout)
    case .merge, .mergeTies, .mergeDare: raw = try merge(method)
    case .size: raw = try SizeEstimator().estimate(wanted, layout: layout)
    case .lookahead, .cosine, .influence, .influenceProduct, .fisher, .weights:
      raw = try pairs(method).with(estimand: estimand).estimate(wanted, layout: layout)
    }
    raw = TransferEstimate(
      method: method.rawValue, tasks: raw.tasks, predictions: raw.predictions, calibrated: raw.calibrated,
      cost: raw.cost)
    let calibrated =
      anchors.isEmpty || method.isSurrogate
      ? nil
      : try calibrate(
        raw, anchors: known, residuals: settings.residuals)
    let units = layout.units
    var runs = anchors
    var passes = 0.0
    if method.needsExpansion {
      passes = settings.at * trainingWork(all.settings.subset) + gradientWork(raw.cost)
    } else if method.needsSingles {
      runs += try SubsetDesign.singles(units)
      passes = gradientWork(raw.cost)
    } else if method == .pairs {
      runs += try SubsetDesign.singles(units) + SubsetDesign.pairs(units)
    }
    return MethodEstimate(
      method: method, raw: raw, calibrated: calibrated, parameter: parameter,
      costInRuns: inRuns(runs) + passes / meanWork, anchors: anchors, free: free,
      means: anchors.isEmpty || method.isSurrogate ? nil : means(raw, trained.only(anchors)))
  }

  /// Only anchors that were drawn at random may say something of the mean of all.
  private func means(_ estimate: TransferEstimate, _ anchors: TrainedScores) -> [ControlVariateMean?] {
    layout.tasks.indices.map { task in
      let unit = layout.unit(task)
      func holds(_ subset: Subset) -> Bool { subset.count > 1 && subset.contains(unit) }
      let known = anchors.scores.keys.filter(holds).sorted().compactMap {
        subset -> (truth: Double, estimate: Double)? in
        guard let truth = anchors[subset, task], let value = estimate[subset, task] else { return nil }
        return (truth, value)
      }
      let all = sizes.keys.filter(holds).sorted().compactMap { estimate[$0, task] }
      return try? controlVariateMean(truth: known.map(\.truth), estimates: known.map(\.estimate), all: all)
    }
  }

  static let dampings = stride(from: -3.0, through: 3.01, by: 0.5).map { pow(10, $0) }
  static let ridges = stride(from: -6.0, through: 1.01, by: 0.5).map { pow(10, $0) }

  /// The estimate whose parameter the anchors like best.
  private func choose(
    _ anchors: TrainedScores, _ values: [Double], otherwise: Double, _ make: (Double) throws -> any AffinityEstimator
  ) throws -> (TransferEstimate, Double) {
    var estimates: [(value: Double, estimate: TransferEstimate)] = []
    for value in anchors.scores.count > 2 ? values : [otherwise] {
      // A parameter with which the problem cannot be solved is none to choose.
      guard let estimate = try? make(value).estimate(wanted, layout: layout) else { continue }
      estimates.append((value, estimate))
    }
    guard let first = estimates.first else {
      throw AffinityError.singular(what: "the estimate", reason: "no ridge or damping makes it solvable")
    }
    if estimates.count == 1 { return (first.estimate, first.value) }
    let value = try selectByAnchors(estimates, anchors: anchors, residuals: settings.residuals).value
    return ((estimates.first { $0.value == value } ?? first).estimate, value)
  }

  // MARK: What things cost, in runs of mean size

  private var meanWork: Double {
    let trained = sizes.filter { !$0.key.isBase }.sorted { $0.key < $1.key }
    return max(1, trained.reduce(0) { $0 + $1.value.work } / Double(max(1, trained.count)))
  }

  /// The work of training alone.
  private func trainingWork(_ subset: Subset) -> Double {
    let tokens = examples.train.enumerated().reduce(0) { sum, item in
      subset.contains(layout.unit(item.offset)) ? sum + item.element.reduce(0) { $0 + $1.ids.count } : sum
    }
    let epochs = context.data.plan.specification.mixture?.epochs ?? context.data.plan.specification.budget.epochs
    return 2.5 * context.data.adaptedShare * Double(tokens * epochs)
  }

  private func gradientWork(_ cost: EstimatorCost) -> Double {
    let sequences = (examples.train + examples.heldOut).joined()
    let tokens = Double(sequences.reduce(0) { $0 + $1.ids.count }) / Double(max(1, sequences.count))
    return context.data.adaptedShare * tokens * (2.5 * Double(cost.backward) + Double(cost.forward))
  }

  private func inRuns(_ subsets: [Subset]) -> Double {
    subsets.reduce(0) { $0 + (sizes[$1]?.work ?? meanWork) } / meanWork
  }

  // MARK: What is kept for several methods

  func expansion() throws -> ExpansionPoint {
    if let expansionPoint { return expansionPoint }
    let point = try ExpansionPoint(
      context, run: all, checkpoints: settings.checkpoints, at: settings.at, pool: pool, cache: cache, report: report)
    expansionPoint = point
    return point
  }

  /// Minus the held-out loss of every task under the adapter trained on all.
  private func scoresOfAll(_ trained: TrainedScores) throws -> [Double?] {
    if let scores = trained.scores[all.settings.subset], !scores.contains(nil) { return scores }
    let path = try cache.key("all", [:])
    let count = layout.tasks.count
    let kept = try cache.read(path) { try $0.read("/scores", as: Double.self, shape: [count]).values }
    if let kept { return kept }
    guard let lora = all.settings.lora else { throw TrainingError.noExamples }
    let scores = try heldOutScores(expansion().last.adapter(lora, context.model.configuration))
    try cache.write(path) { try $0.write(scores, to: "/scores") }
    return scores
  }

  /// Minus the held-out loss of every task under an adapter, in nats a token.
  func heldOutScores(_ adapter: Adapter) throws -> [Double] {
    let keys = examples.keys(.heldOut)
    let scores = try LikelihoodScorer(model: context.model, adapter: adapter, pool: pool, cache: context.cache)
      .score(keys.map(examples.sequence))
    return layout.tasks.indices.map { task in
      let own = zip(keys, scores).filter { $0.0.task == task }.map(\.1)
      return -own.reduce(0) { $0 + $1.nll } / Double(own.reduce(0) { $0 + $1.tokens })
    }
  }

  func model(_ checkpoint: ExpansionPoint.Checkpoint) throws -> AdapterModel {
    guard let lora = all.settings.lora else { throw TrainingError.noExamples }
    return AdapterModel(
      context, adapter: checkpoint.adapter(lora, context.model.configuration), examples: examples, pool: pool)
  }

  /// Gradients of both splits at a checkpoint, in a scratch file while this estimation lasts.
  func gradients(
    _ scalars: [GradientScalar], at checkpoint: ExpansionPoint.Checkpoint
  ) throws -> (panels: ScratchGradients, seconds: Double) {
    let name = "\(scalars) \(checkpoint.step)"
    if let known = scratch[name] { return known }
    report(.begins("gradients of \(examples.keys(.train).count + examples.keys(.heldOut).count) examples"))
    let start = Machine.processorSeconds
    try FileManager.default.createDirectory(atPath: cache.folder, withIntermediateDirectories: true)
    let panels = try ScratchGradients(
      model(checkpoint), scalars.flatMap { [($0, examples.keys(.train)), ($0, examples.keys(.heldOut))] },
      path: cache.folder + "/gradients-\(UUID().uuidString).scratch")
    let result = (panels, Machine.processorSeconds - start)
    scratch[name] = result
    return result
  }
}
