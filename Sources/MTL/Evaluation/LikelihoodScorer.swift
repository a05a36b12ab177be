/// The likelihood of one sequence's labels, or of one continuation.
public struct Likelihood: Sendable, Hashable, Codable {
  /// Negative log-likelihood (nats), summed over the tokens.
  public var nll: Double
  /// Tokens that were predicted.
  public var tokens: Int

  /// A likelihood.
  public init(nll: Double, tokens: Int) {
    self.nll = nll
    self.tokens = tokens
  }
}

/// Scores sequences and continuations under a base and an adapter, packs of them at a time on every worker.
public struct LikelihoodScorer: Sendable {
  /// The base.
  public let model: LanguageModel
  /// The adapter, if any.
  public let adapter: Adapter?
  private let pool: WorkerPool
  private let cache: (any PrefixStateCache)?
  private static let packTokens = 512

  /// A scorer.
  public init(model: LanguageModel, adapter: Adapter?, pool: WorkerPool) {
    self.init(model: model, adapter: adapter, pool: pool, cache: nil)
  }

  package init(model: LanguageModel, adapter: Adapter?, pool: WorkerPool, cache: (any PrefixStateCache)?) {
    self.model = model
    self.adapter = adapter
    self.pool = pool
    self.cache = cache
  }

  /// The likelihood of the labels of each sequence.
  public func score(_ sequences: [TokenSequence]) throws -> [Likelihood] {
    let empty = Likelihood(nll: 0, tokens: 0)
    var result = Array(repeating: empty, count: sequences.count)
    let wanted = sequences.indices.filter { sequences[$0].labelCount > 0 }
    let packs = packs(wanted.map { sequences[$0].ids.count }).map { $0.map { wanted[$0] } }
    let scores = try run(packs) { PackedBatch($0.map { sequences[$0] }) }
    for (pack, likelihoods) in zip(packs, scores) {
      for (index, likelihood) in zip(pack, likelihoods) { result[index] = likelihood }
    }
    return result
  }

  /// The likelihood of each continuation of each prompt. A prompt is computed once for all of its continuations, and the
  /// tokens that all prompts begin with once for all of them.
  public func score(_ items: [Continuations]) throws -> [[Likelihood]] {
    let shared = try model.sharedPrefix(of: items.map(\.prompt), adapter: adapter, pool)
    let before = shared?.tokens ?? []
    let packs = packs(
      items.map { $0.prompt.count - before.count + $0.choices.reduce(0) { $0 + $1.count - 1 } })
    let scores = try run(packs, earlier: shared?.cache) { PackedBatch($0.map { items[$0] }, after: before) }
    var result = items.map { _ in [Likelihood]() }
    for (pack, likelihoods) in zip(packs, scores) {
      var rest = likelihoods[...]
      for index in pack {
        let count = items[index].choices.count
        result[index] = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
      }
    }
    return result
  }

  /// Indices in packs of about `packTokens`, in order: what a sequence is packed with does not depend on workers.
  private func packs(_ lengths: [Int]) -> [[Int]] {
    var packs: [[Int]] = []
    var length = Int.max
    for (index, tokens) in lengths.enumerated() {
      if length == Int.max || length + tokens > Self.packTokens {
        packs.append([])
        length = 0
      }
      packs[packs.count - 1].append(index)
      length += tokens
    }
    return packs
  }

  private func run(
    _ packs: [[Int]], earlier: KeyValueCache? = nil, _ makeBatch: @escaping @Sendable ([Int]) -> PackedBatch
  ) throws -> [[Likelihood]] {
    try pool.map(packs.count, stoppable: true) { [model, adapter, cache] index, workspace in
      let batch = makeBatch(packs[index])
      let losses = try model.losses(batch, adapter: adapter, cache: cache, earlier: earlier, workspace)
      return Likelihood.sums(losses, owners: batch.owners)
    }
  }
}

extension Likelihood {
  /// The sums of the losses of each owner, in their order.
  static func sums(_ losses: [Float], owners: [Int]) -> [Likelihood] {
    var likelihoods: [Likelihood] = []
    for (loss, owner) in zip(losses, owners) {
      while likelihoods.count <= owner { likelihoods.append(Likelihood(nll: 0, tokens: 0)) }
      likelihoods[owner].nll += Double(loss)
      likelihoods[owner].tokens += 1
    }
    return likelihoods
  }
}
