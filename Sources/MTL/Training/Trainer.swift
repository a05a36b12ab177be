import CKernels
import Foundation

/// One optimizer step as it goes into a run's history.
public struct TrainingStep: Sendable, Hashable, Codable {
  /// From 1.
  public var step: Int
  /// Tokens of the step's batch, prompts included.
  public var tokens: Int
  /// Label tokens among them.
  public var labelTokens: Int
  /// Mean negative log-likelihood (nats) of the batch's label tokens, before the update.
  public var loss: Double
  /// The learning rate used.
  public var learningRate: Double
  /// The gradient's norm before clipping.
  public var gradNorm: Double
  /// Seconds that the step took.
  public var seconds: Double

  /// A record of these numbers.
  public init(
    step: Int, tokens: Int, labelTokens: Int, loss: Double, learningRate: Double, gradNorm: Double, seconds: Double
  ) {
    self.step = step
    self.tokens = tokens
    self.labelTokens = labelTokens
    self.loss = loss
    self.learningRate = learningRate
    self.gradNorm = gradNorm
    self.seconds = seconds
  }
}

/// Trains one adapter on a frozen base.
///
/// What it computes depends on (base, initial adapter, data, settings) alone: not on the number of workers, nor on where
/// it was interrupted.
public final class Trainer {
  /// The base.
  public let model: LanguageModel
  /// The adapter; changes with every step.
  public let adapter: Adapter
  /// What it trains on.
  public let data: TrainingData
  /// How it trains.
  public let settings: TrainingSettings
  /// Steps done.
  public private(set) var history: [TrainingStep] = []

  package let optimizer: AdamW
  private let batches: [[Int]]
  private let pool: WorkerPool
  private let cache: (any PrefixStateCache)?
  private var gradients: [FloatBuffer] = []

  /// A trainer at its first step; with a folder, the states below the adapters are computed once and kept, 2 GB of them
  /// in memory and the rest in a file there.
  ///
  /// - Throws: ``TrainingError`` for settings that cannot be used.
  public convenience init(
    model: LanguageModel, adapter: Adapter, data: TrainingData, settings: TrainingSettings, pool: WorkerPool,
    keepsPrefixStatesIn folder: String? = nil
  ) throws {
    let cache = folder.map { PrefixStateStore(memoryLimit: 2 << 30, folder: $0) }
    try self.init(model: model, adapter: adapter, data: data, settings: settings, pool: pool, cache: cache)
  }

  package init(
    model: LanguageModel, adapter: Adapter, data: TrainingData, settings: TrainingSettings, pool: WorkerPool,
    cache: (any PrefixStateCache)?
  ) throws {
    guard settings.problems.isEmpty else { throw TrainingError.badSettings(settings.problems) }
    self.model = model
    self.adapter = adapter
    self.data = data
    self.settings = settings
    self.pool = pool
    self.cache = cache
    optimizer = AdamW(count: adapter.layout.count)
    batches = data.batches(of: settings.batchSize)
  }

  /// Optimizer steps in all.
  public var stepCount: Int { batches.count }

  /// Whether every step is done.
  public var isFinished: Bool { history.count == batches.count }

  /// Goes on from a state kept earlier.
  package func restore(
    parameters: [Float], firstMoments: [Float], secondMoments: [Float], history: [TrainingStep]
  ) throws {
    guard [parameters, firstMoments, secondMoments].allSatisfy({ $0.count == adapter.layout.count }),
      history.count <= batches.count
    else { throw TrainingError.cannotResume("the state is of an adapter or a run of another size") }
    adapter.parameters.assign(parameters)
    optimizer.firstMoments.assign(firstMoments)
    optimizer.secondMoments.assign(secondMoments)
    self.history = history
  }

  /// Does the next optimizer step.
  ///
  /// - Throws: ``TrainingError/notFinite(step:examples:)``, with parameters and moments as they were before the step.
  @discardableResult
  public func step() throws -> TrainingStep {
    precondition(!isFinished)
    let start = Date()
    let number = history.count
    let batch = batches[number]
    let sequences = batch.map { data.examples[$0].sequence }
    let labels = sequences.reduce(0) { $0 + $1.labelCount }
    let losses = try computeGradient(sequences, labels: labels, step: number)
    let total = gradients[0]
    let loss = losses.reduce(0, +) / Double(labels)
    let norm = mtl_sum_of_squares(total.pointer, total.count).squareRoot()
    guard loss.isFinite, norm.isFinite else {
      throw TrainingError.notFinite(step: number + 1, examples: batch.map { data.examples[$0].name })
    }
    let rate = settings.learningRate(step: number, of: batches.count)
    // As torch.nn.utils.clip_grad_norm_ has it.
    let scale = settings.maxGradNorm > 0 ? min(1, settings.maxGradNorm / (norm + 1e-6)) : 1
    optimizer.update(
      adapter.parameters, gradient: total, gradientScale: scale, learningRate: rate, step: number + 1, settings)
    let record = TrainingStep(
      step: number + 1, tokens: sequences.reduce(0) { $0 + $1.ids.count }, labelTokens: labels, loss: loss,
      learningRate: rate, gradNorm: norm, seconds: Date().timeIntervalSince(start))
    history.append(record)
    return record
  }

  /// Leaves the gradient of the mean loss in `gradients[0]`.
  ///
  /// - Returns: each micro-batch's sum of losses.
  private func computeGradient(_ sequences: [TokenSequence], labels: Int, step: Int) throws -> [Double] {
    let division = MicroBatches.divide(
      lengths: sequences.map { $0.ids.count }, costs: sequences.map(model.trainingCost),
      budget: settings.microBatchTokens)
    while gradients.count < division.count { gradients.append(FloatBuffer(count: adapter.layout.count)) }
    let dropout = AdapterDropout(
      probability: Float(adapter.settings.dropout), seed: settings.seed, step: step)
    let losses = try pool.map(division.count) { [model, adapter, cache, gradients] index, workspace in
      let batch = PackedBatch(division[index].map { sequences[$0] }, numbers: division[index])
      let losses = try model.lossesAndGradient(
        batch, labelWeight: 1 / Float(labels), adapter: adapter, dropout: dropout,
        into: GradientTarget(sumOf: batch, into: gradients[index]), cache: cache, workspace)
      return losses.reduce(0) { $0 + Double($1) }
    }
    for other in gradients[..<division.count].dropFirst() {
      mtl_add(gradients[0].pointer, other.pointer, other.count)
    }
    return losses
  }
}
