import MTL
import TaskAffinity

/// The tokenised examples that gradients and losses are taken on, [task][example].
public struct AffinityExamples: Sendable {
  /// What runs are trained on.
  public let train: [[TokenSequence]]
  /// What they are scored on.
  public let heldOut: [[TokenSequence]]

  /// Those of a run on every unit.
  ///
  /// - Throws: `TaskError`, `TrainingError`, `AffinityError.noExamples`.
  public init(_ data: SweepData, settings: RunSettings) throws {
    train = try data.trainingSequences(settings)
    heldOut = data.evaluationSets.map(\.sequences)
    for (task, examples) in zip(data.plan.tasks, train) where examples.isEmpty {
      throw AffinityError.noExamples(task: task.name)
    }
    for (task, examples) in zip(data.plan.tasks, heldOut) where examples.isEmpty {
      throw AffinityError.noExamples(task: task.name)
    }
  }

  /// The keys of a split, task by task.
  public func keys(_ split: Split) -> [ExampleKey] {
    (split == .train ? train : heldOut).enumerated().flatMap { task, examples in
      examples.indices.map { ExampleKey(task: task, split: split, index: $0) }
    }
  }

  func sequence(_ key: ExampleKey) -> TokenSequence {
    (key.split == .train ? train : heldOut)[key.task][key.index]
  }
}

/// A base with an adapter, asked by estimators for gradients of single examples and for losses.
public struct AdapterModel: GradientSource, LossSource {
  private let context: RunContext
  private let adapter: Adapter
  private let examples: AffinityExamples
  private let pool: WorkerPool

  /// A model at an adapter.
  public init(_ context: RunContext, adapter: Adapter, examples: AffinityExamples, pool: WorkerPool) {
    self.context = context
    self.adapter = adapter
    self.examples = examples
    self.pool = pool
  }

  /// A and B of every adapted matrix, such as `layers.20.q_proj.A`.
  public var parameterBlocks: [ParameterBlock] {
    adapter.layout.sites.flatMap { site in
      let name = "layers.\(site.layer).\(site.target.rawValue)"
      let (a, b) = (site.rank * site.inputWidth, site.rank * site.outputWidth)
      return [
        ParameterBlock(name: name + ".A", range: site.offsetA..<site.offsetA + a),
        ParameterBlock(name: name + ".B", range: site.offsetB..<site.offsetB + b),
      ]
    }.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// Gradients of several examples in one pass, on all workers.
  public func visitGradients(
    _ scalar: GradientScalar, of keys: [ExampleKey],
    _ body: (GradientRow, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let gradients = ExampleGradients(model: context.model, adapter: adapter, pool: pool, cache: context.cache)
    let wanted: AnswerScalar =
      switch scalar {
      case .loss: .loss
      case .sampledLoss(let draw): .sampledLoss(draw: draw)
      case .meanLogOdds: .meanLogOdds
      }
    try gradients.visit(wanted, of: keys.map(examples.sequence), names: keys.map(\.number)) { example in
      let row = GradientRow(
        example: keys[example.index], scalar: scalar, value: example.value, tokens: example.likelihood.tokens,
        nll: example.likelihood.nll)
      try body(row, example.gradient)
    }
  }

  /// Losses with the displacement added to the adapter's parameters.
  public func losses(of keys: [ExampleKey], displacement: [Float]?) throws -> [ExampleLoss] {
    var moved = adapter
    if let displacement {
      guard displacement.count == adapter.parameterCount else {
        throw AffinityError.shapeMismatch(
          what: "a displacement", expected: adapter.parameterCount, found: displacement.count)
      }
      moved = adapter.copy()
      moved.parameters.assign(zip(adapter.parameters.values, displacement).map(+))
    }
    let scorer = LikelihoodScorer(model: context.model, adapter: moved, pool: pool, cache: context.cache)
    return try scorer.score(keys.map(examples.sequence)).map { ExampleLoss(nll: $0.nll, tokens: $0.tokens) }
  }
}

extension ExampleKey {
  /// A number of its own, for samples.
  var number: UInt64 { UInt64(task) << 40 | UInt64(index) << 1 | (split == .train ? 0 : 1) }
}
