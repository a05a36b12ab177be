import CKernels
import Foundation

/// What is differentiated by the parameters of an adapter.
public enum AnswerScalar: Hashable, Sendable {
  /// Negative log-likelihood of the answer, summed over its tokens.
  case loss
  /// The same of an answer that the model draws token by token after the true tokens before; outer products of its
  /// gradients are an unbiased estimate of the Gauss-Newton matrix (Martens 2014, section 6).
  case sampledLoss(draw: Int)
  /// Mean over the answer's tokens of log(p / (1 - p)) (Li et al. 2024, arXiv 2409.06091).
  case meanLogOdds
}

/// The gradient of one example's scalar, while it is visited.
public struct ExampleGradient {
  /// The example's place among those asked for.
  public let index: Int
  /// The scalar.
  public let value: Double
  /// The true answer's likelihood.
  public let likelihood: Likelihood
  /// One number a parameter, in the order of the adapter's flat vector; valid during the visit only.
  public let gradient: UnsafeBufferPointer<Float>
}

/// Gradients of single examples by the parameters of an adapter, several examples in one pass.
public struct ExampleGradients: Sendable {
  /// The base.
  public let model: LanguageModel
  /// Where the gradients are taken; without dropout.
  public let adapter: Adapter
  /// Of sampled answers.
  public let seed: UInt64
  private let pool: WorkerPool
  private let cache: (any PrefixStateCache)?
  private static let packTokens = 512

  package init(
    model: LanguageModel, adapter: Adapter, pool: WorkerPool, cache: (any PrefixStateCache)? = nil, seed: UInt64 = 0
  ) {
    self.model = model
    self.adapter = adapter
    self.pool = pool
    self.cache = cache
    self.seed = seed
  }

  /// Visits the gradient of every example, in their order.
  ///
  /// Samples depend on the seed, the draw, an example's name and the place in its answer, not on what it is packed with.
  ///
  /// - Parameters:
  ///   - scalar: what is differentiated.
  ///   - sequences: with at least one label each.
  ///   - names: a number for each that is its own.
  ///   - body: is called once for each.
  /// - Throws: ``Stopped`` once the pool's flag is raised, ``TrainingError/emptyAnswer(example:)``, what `body` throws.
  public func visit(
    _ scalar: AnswerScalar, of sequences: [TokenSequence], names: [UInt64], _ body: (ExampleGradient) throws -> Void
  ) throws {
    precondition(names.count == sequences.count)
    for (sequence, name) in zip(sequences, names) where sequence.labelCount == 0 {
      throw TrainingError.emptyAnswer(example: "\(name)")
    }
    let packs = packs(sequences.map { $0.ids.count })
    // As many packs at a time as keep all workers busy; their gradients are all there is in memory.
    for first in stride(from: 0, to: packs.count, by: pool.count) {
      let wave = Array(packs[first..<min(first + pool.count, packs.count)])
      let results = try pool.map(wave.count, stoppable: true) { index, workspace in
        try gradients(scalar, of: wave[index].map { sequences[$0] }, names: wave[index].map { names[$0] }, workspace)
      }
      for (pack, result) in zip(wave, results) {
        for (place, index) in pack.enumerated() {
          let (value, likelihood, gradient) = result[place]
          try body(
            ExampleGradient(
              index: index, value: value, likelihood: likelihood,
              gradient: UnsafeBufferPointer(start: gradient.pointer, count: gradient.count)))
        }
      }
    }
  }

  /// Places in packs of about `packTokens`, in order.
  private func packs(_ lengths: [Int]) -> [[Int]] {
    var packs: [[Int]] = []
    var length = Int.max
    for (index, tokens) in lengths.enumerated() {
      if length == .max || length + tokens > Self.packTokens {
        packs.append([])
        length = 0
      }
      packs[packs.count - 1].append(index)
      length += tokens
    }
    return packs
  }

  private func gradients(
    _ scalar: AnswerScalar, of sequences: [TokenSequence], names: [UInt64], _ workspace: Workspace
  ) throws -> [(Double, Likelihood, FloatBuffer)] {
    let batch = PackedBatch(sequences)
    let buffers = sequences.map { _ in FloatBuffer(count: adapter.layout.count) }
    var values = [Double](repeating: 0, count: sequences.count)
    let losses = try model.lossesAndGradient(
      batch, adapter: adapter, dropout: nil, into: GradientTarget(eachOf: batch, into: buffers), cache: cache, workspace
    ) { rows, logits, losses in
      let owners = rows.map { batch.owners[$0] }
      switch scalar {
      case .loss: return (Array(batch.targets[rows]), rows.map { _ in 1 })
      case .sampledLoss(let draw):
        _ = losses()
        let drawn = zip(rows, owners).enumerated().map { place, item in
          let number = uniform(draw, names[item.1], item.0 - batch.labelledBlocks[item.1].lowerBound)
          return Int32(mtl_sample(logits.rows(place..<place + 1).pointer, logits.columns, number))
        }
        var sampled = [Float](repeating: 0, count: rows.count)
        mtl_cross_entropy(logits.pointer, drawn, &sampled, rows.count, logits.columns)
        for (owner, loss) in zip(owners, sampled) { values[owner] += Double(loss) }
        return (drawn, rows.map { _ in 1 })
      case .meanLogOdds:
        let known = losses()
        let weights = zip(owners, known).map { owner, loss -> Float in
          let count = Double(batch.labelledBlocks[owner].count)
          // Where p is 1 as far as single precision can tell, the odds would be infinite.
          let miss = max(-expm1(-Double(loss)), 1e-6)
          values[owner] += (-Double(loss) - log(miss)) / count
          return Float(-1 / (count * miss))
        }
        return (Array(batch.targets[rows]), weights)
      }
    }
    let likelihoods = Likelihood.sums(losses, owners: batch.owners)
    if scalar == .loss { values = likelihoods.map(\.nll) }
    return sequences.indices.map { (values[$0], likelihoods[$0], buffers[$0]) }
  }

  /// A number in [0, 1) for a token of an answer.
  private func uniform(_ draw: Int, _ name: UInt64, _ place: Int) -> Double {
    let key = CounterBasedGenerator.key(seed: seed, purpose: .sampling, stream: UInt64(draw))
    return Double(CounterBasedGenerator.words(key, name, UInt64(place)).0 >> 11) * 0x1p-53
  }
}
