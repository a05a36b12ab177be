import Foundation
import MTL
import TaskAffinity

extension AffinityEstimation {
  /// What is computed elsewhere than at the end of the training is kept apart.
  private func at(_ parts: [String: String]) -> [String: String] {
    settings.at == 1 ? parts : parts.merging(["at": "\(settings.at)"]) { $1 }
  }

  /// Every example's loss gradient, and those of sampled answers.
  private var sampled: [GradientScalar] { (0..<max(1, settings.draws)).map { .sampledLoss(draw: $0) } }

  /// The curvature estimator in the metric of AdamW's second moments.
  func curvature(damping: Double) throws -> CurvatureEstimator {
    let point = try expansion()
    let path = try cache.key("gram", at(["of": "loss and samples", "draws": "\(settings.draws)", "metric": "adam"]))
    let (gram, _) = try cache.gram(path) {
      let last = point.last
      let panels = try JoinedGradients([gradients([.loss], at: last).panels, gradients(sampled, at: last).panels])
      let training = all.settings.training ?? TrainingSettings()
      return try GradientGram(
        panels, metric: last.preconditioner(beta2: training.beta2, epsilon: training.epsilon))
    }
    return try CurvatureEstimator(gram, layout: layout, damping: damping, estimand: estimand)
  }

  /// The linearised estimator: loss-matched from exact gradients, or as published from projected ones.
  func linearised(_ method: EstimationMethod, ridge: Double) throws -> LinearisedEstimator {
    let point = try expansion()
    if method == .linearised {
      let (gram, _) = try cache.gram(try cache.key("gram", at(["of": "loss", "metric": "identity"]))) {
        try GradientGram(gradients([.loss], at: point.last).panels)
      }
      return try LinearisedEstimator(gram, settings: .init(ridge: ridge, estimand: estimand))
    }
    let path = try cache.key("gram", at(["of": "mean log odds", "projection": "\(settings.projection)"]))
    let (gram, _) = try cache.gram(path) {
      let panels = try gradients([.meanLogOdds], at: point.last).panels
      let projection = try RademacherProjection(size: settings.projection, seed: 1)
      return try GradientGram(rows: panels.rows, features: projection.project(panels), size: settings.projection)
    }
    var published = LinearisedEstimator.Settings.published(ridge: ridge)
    published.keepsOffset = method == .linearisedOffset
    return try LinearisedEstimator(gram, settings: published, name: method.rawValue)
  }

  /// Affinities of pairs, from the cache or computed.
  func pairs(_ method: EstimationMethod) throws -> PairAffinityEstimator {
    let count = layout.tasks.count
    let points = method == .weights ? [] : try expansion().checkpoints
    func kept(_ parts: [String: String], _ compute: () throws -> PairAffinityEstimator) throws -> PairAffinityEstimator
    {
      try cache.pairs(
        try cache.key(method.rawValue, method.needsExpansion ? at(parts) : parts), name: method.rawValue, count: count,
        compute: compute)
    }
    let backward = examples.keys(.train).count + examples.keys(.heldOut).count
    switch method {
    case .lookahead:
      return try kept(["checkpoints": "\(points.count)"]) {
        try averaged(try points.map { try lookahead($0) })
      }
    case .fisher:
      return try kept(["draws": "\(settings.draws)"]) {
        try fisherAffinity(try gradients(sampled, at: try expansion().last).panels, layout: layout)
      }
    case .influence, .influenceProduct:
      return try kept(["checkpoints": "\(points.count)"]) {
        let parts = try points.map { point in
          try TaskAffinity.influence(gradients([.loss], at: point).panels, layout: layout, adam: adam(point))
        }
        let both = try summed(parts, learningRates: points.map { max($0.learningRate, 1e-12) })
        return (method == .influence ? both.cosine : both.product)
          .with(cost: EstimatorCost(backward: backward * points.count, runs: 1))
      }
    case .weights:
      return try kept([:]) { try weightAffinity(try singles().map(updates)) }
    default:
      return try kept([:]) {
        let panels = try gradients([.loss], at: try expansion().last).panels
        guard let whole = try cosineAffinities(panels, layout: layout).first else {
          throw AffinityError.insufficient(what: "cosines", missing: "gradients")
        }
        return whole.estimator(cost: EstimatorCost(backward: backward, runs: 1))
      }
    }
  }

  /// Cosines of the tasks' training gradients with held-out gradients over the whole adapter, each layer, each matrix.
  ///
  /// - Throws: `AffinityError`, `TrainingError`, `FormatError`, `Stopped`.
  public func cosinesByPart() throws -> [CosineAffinity] {
    let point = try expansion().last
    let panels = try gradients([.loss], at: point).panels
    let blocks = try model(point).parameterBlocks
    /// Blocks such as `layers.20.q_proj.A` under the first words of their names.
    func named(_ words: Int) -> [ParameterBlock] {
      blocks.map {
        ParameterBlock(name: $0.name.split(separator: ".").prefix(words).joined(separator: "."), range: $0.range)
      }
    }
    return try cosineAffinities(panels, layout: layout, blocks: named(2))
      + cosineAffinities(panels, layout: layout, blocks: named(3)).dropFirst()
  }

  private func adam(_ point: ExpansionPoint.Checkpoint) -> AdamState {
    let training = all.settings.training ?? TrainingSettings()
    return AdamState(
      first: point.first, second: point.second, beta1: Float(training.beta1), beta2: Float(training.beta2))
  }

  private func lookahead(_ point: ExpansionPoint.Checkpoint) throws -> PairAffinityEstimator {
    let training = all.settings.training ?? TrainingSettings()
    return try lookaheadAffinity(
      gradients([.loss], at: point).panels, losses: try model(point), layout: layout, heldOut: examples.keys(.heldOut),
      learningRate: training.learningRate,
      preconditioner: point.preconditioner(beta2: training.beta2, epsilon: training.epsilon))
  }

  /// The adapters of the trained single units, in the order of the tasks.
  private func singles() throws -> [Adapter] {
    guard layout.unitKind == .task || Set(layout.units).count == layout.tasks.count else {
      throw AffinityError.insufficient(
        what: "an estimate from single adapters", missing: "an adapter a task; the units of this sweep are categories")
    }
    return try layout.tasks.indices.map { task in
      let run = try context.data.plan.run([layout.unit(task)], seed: settings.seed)
      let path = folder.runPath(run.id)
      guard FileManager.default.fileExists(atPath: path) else {
        throw AffinityError.insufficient(
          what: "an estimate from single adapters", missing: "the run on \(layout.unit(task)) alone is not finished")
      }
      let record = try RunFile.read(path)
      return try Adapter(
        record.adapterTensors, settings: record.lora, configuration: context.model.configuration, path: path)
    }
  }

  private func updates(_ adapter: Adapter) throws -> [LowRankUpdate] {
    try adapter.tensors.map { tensor in
      try LowRankUpdate(
        name: "\(tensor.layer).\(tensor.module)", a: tensor.a.values, b: tensor.b.values, rank: adapter.settings.rank,
        scale: adapter.settings.scale)
    }
  }

  /// Real losses of merges of the members' updates, which is of products B A and never of factors. An average is exact with
  /// factors side by side; TIES and DARE merge dense updates, matrix by matrix.
  func merge(_ method: EstimationMethod) throws -> TransferEstimate {
    let adapters = try singles()
    let dense = method == .merge ? [] : try adapters.map { try updates($0).map(\.dense) }
    let configuration = context.model.configuration
    func merged(_ members: [Int]) throws -> Adapter {
      if method == .merge { return try Adapter.average(members.map { adapters[$0] }, configuration: configuration) }
      let matrices = try dense[0].indices.map { place in
        // Every matrix drops other elements.
        let seed = UInt64(truncatingIfNeeded: settings.seed &<< 16 &+ place)
        let rule: MergeRule = method == .mergeTies ? .ties(keep: 0.2) : .dare(drop: 0.9, seed: seed)
        return try TaskAffinity.merge(members.map { dense[$0][place] }, rule: rule)
      }
      return try Adapter.dense(matrices, like: adapters[0], configuration: configuration)
    }
    // Scoring a merge takes as long as scoring a run: what is scored is kept as it comes.
    let path = try cache.key(method.rawValue, [:])
    var known = try cache.scores(path, tasks: layout.tasks.count)
    let before = known.count
    let count = examples.keys(.heldOut).count
    let estimator = MergeEstimator(name: method.rawValue, examples: count) { [self] members in
      let subset = Subset(members.map { layout.unit($0) })
      if let scores = known[subset] { return scores.map { -$0 } }
      let scores = try heldOutScores(merged(members))
      known[subset] = scores
      report(.step("merges", known.count - before, of: wanted.count))
      if known.count.isMultiple(of: 16) { try cache.write(known, to: path) }
      return scores.map { -$0 }
    }
    let estimate = try estimator.estimate(wanted, layout: layout)
    if known.count > before { try cache.write(known, to: path) }
    return estimate
  }
}
