import CKernels
import Foundation

/// How text is continued.
public struct DecodingSettings: Sendable, Hashable, Codable {
  /// Most tokens that are added.
  public var maxNewTokens: Int
  /// Tokens that end a text; they are not part of it.
  public var stopTokens: Set<Int32>
  /// 0 takes the likeliest token; above, tokens are drawn from the softmax of logits / temperature.
  public var temperature: Double
  /// Of the draws; each request draws by its own number.
  public var seed: UInt64

  /// Greedy unless a temperature is given.
  public init(maxNewTokens: Int = 64, stopTokens: Set<Int32> = [], temperature: Double = 0, seed: UInt64 = 1) {
    self.maxNewTokens = maxNewTokens
    self.stopTokens = stopTokens
    self.temperature = temperature
    self.seed = seed
  }
}

/// Continues prompts, many at a time: sequences leave the batch as they finish and others take their place.
public struct Generator: Sendable {
  /// The base.
  public let model: LanguageModel
  /// The adapter, if any.
  public let adapter: Adapter?
  private let pool: WorkerPool
  private let batchSize: Int

  /// A generator that decodes at most `batchSize` sequences at a time.
  public init(model: LanguageModel, adapter: Adapter?, pool: WorkerPool, batchSize: Int = 16) {
    self.model = model
    self.adapter = adapter
    self.pool = pool
    self.batchSize = max(1, batchSize)
  }

  /// A continued prompt.
  public struct Continuation: Sendable {
    /// The tokens added, stop tokens left out.
    public var ids: [Int32] = []
    /// The likelihood of the target that was given with the prompt.
    public var target: Likelihood?
  }

  private struct Sequence {
    let request: Int
    let cache: KeyValueCache
    let target: Likelihood?
    var generated: [Int32] = []
    var next: Int32
  }

  /// The tokens added to each prompt (none of them empty), stop tokens left out.
  ///
  /// `isComplete` is called with a request's number and its tokens so far, and ends it where it is true (stop strings);
  /// `progress` is called with the number of finished requests.
  ///
  /// - Throws: ``GenerationError`` for a prompt that leaves no room in the model's context.
  public func generate(
    _ prompts: [[Int32]], _ settings: DecodingSettings, isComplete: (Int, [Int32]) -> Bool = { _, _ in false },
    progress: (Int) -> Void = { _ in }
  ) throws -> [[Int32]] {
    try generate(prompts, targets: [], settings, isComplete: isComplete, progress: progress).map(\.ids)
  }

  /// The same, and the likelihood of a target for each prompt (where targets are given), for little more than the cost of
  /// continuing the prompts.
  public func generate(
    _ prompts: [[Int32]], targets: [[Int32]], _ settings: DecodingSettings,
    isComplete: (Int, [Int32]) -> Bool = { _, _ in false }, progress: (Int) -> Void = { _ in }
  ) throws -> [Continuation] {
    precondition(targets.isEmpty || targets.count == prompts.count && targets.allSatisfy { !$0.isEmpty })
    for (i, prompt) in prompts.enumerated() {
      guard !prompt.isEmpty else { throw GenerationError.emptyPrompt(number: i) }
      guard prompt.count < model.maximumLength else {
        throw GenerationError.promptTooLong(number: i, tokens: prompt.count, limit: model.maximumLength)
      }
    }
    var results = prompts.map { _ in Continuation() }
    if settings.maxNewTokens < 1 && targets.isEmpty { return results }
    let shared = try model.sharedPrefix(of: prompts, adapter: adapter, pool)
    let buffers = DecodeStep.Buffers(model.configuration, batch: min(batchSize, max(1, prompts.count)))
    var waiting = prompts.indices.makeIterator()
    var active: [Sequence] = []
    var finished = 0
    func settle(_ sequence: Sequence) -> Bool {
      var sequence = sequence
      let stopped = settings.stopTokens.contains(sequence.next) || settings.maxNewTokens < 1
      if !stopped { sequence.generated.append(sequence.next) }
      let done =
        stopped || sequence.generated.count >= settings.maxNewTokens || sequence.cache.count >= sequence.cache.capacity
        || isComplete(sequence.request, sequence.generated)
      if done {
        results[sequence.request] = Continuation(ids: sequence.generated, target: sequence.target)
        finished += 1
        progress(finished)
      } else {
        active.append(sequence)
      }
      return done
    }
    while true {
      var arrivals: [Int] = []
      // Prompts are computed one on each worker, so several at a time: a place or two may stay empty for a few steps.
      if active.isEmpty || batchSize - active.count >= min(batchSize, 2 * pool.count) {
        while active.count + arrivals.count < batchSize, let request = waiting.next() { arrivals.append(request) }
      }
      let started = try prefill(
        arrivals.map { Continuations(prompt: prompts[$0], choices: [targets.isEmpty ? [0] : targets[$0]]) },
        numbers: arrivals, shared: shared, wantsTargets: !targets.isEmpty, settings)
      for sequence in started { _ = settle(sequence) }
      if active.isEmpty {
        if started.isEmpty { break }
        continue
      }
      let step = DecodeStep(
        model: model, adapter: adapter, tokens: active.map(\.next), caches: active.map(\.cache), buffers: buffers,
        workers: pool.count)
      try step.run(on: pool)
      let logits = step.logits
      let continuing = active
      active = []
      for (i, sequence) in continuing.enumerated() {
        var sequence = sequence
        sequence.next = choose(
          logits.rows(i..<i + 1), request: sequence.request, place: sequence.generated.count, settings)
        _ = settle(sequence)
      }
    }
    return results
  }

  /// Computes prompts, their targets' likelihoods and the first token of each; one prompt at a time on each worker, so
  /// that a result does not depend on what else is computed.
  private func prefill(
    _ items: [Continuations], numbers: [Int], shared: (tokens: [Int32], cache: KeyValueCache)?, wantsTargets: Bool,
    _ settings: DecodingSettings
  ) throws -> [Sequence] {
    let start = shared?.tokens.count ?? 0
    return try pool.map(items.count) { index, workspace in
      let item = items[index]
      let capacity = min(item.prompt.count + max(1, settings.maxNewTokens), model.maximumLength)
      let cache = KeyValueCache(model.configuration, capacity: capacity)
      if let shared {
        for layer in model.layers.indices {
          cache.write(layer, at: 0, k: shared.cache.keys(layer, start), v: shared.cache.values(layer, start))
        }
      }
      let batch = PackedBatch([item], after: shared?.tokens ?? [])
      let selection = LayerContext.Selection(rows: batch.labelledRows, spans: batch.labelledSpans)
      let own = 0..<item.prompt.count - start
      let states = try model.finalStates(
        batch, selecting: selection, adapter: adapter, earlier: shared?.cache, workspace
      ) { layer, tape in cache.write(layer, at: start, k: tape.k.rows(own), v: tape.v.rows(own)) }
      cache.count = item.prompt.count
      // The first labelled row is the prompt's last.
      let logits = workspace.matrix(1, model.configuration.vocabularySize)
      let head = model.output.head
      head.decode(states.rows(0..<1), rows: 0..<head.rows, into: logits, workspace)
      let losses = wantsTargets ? model.output.losses(states, targets: batch.targets[...], workspace) : []
      return Sequence(
        request: numbers[index], cache: cache, target: Likelihood.sums(losses, owners: batch.owners).first,
        next: choose(logits, request: numbers[index], place: 0, settings))
    }
  }

  /// The next token by its logits [1, V].
  private func choose(_ logits: Matrix, request: Int, place: Int, _ settings: DecodingSettings) -> Int32 {
    guard settings.temperature > 0 else { return Int32(mtl_argmax(logits.pointer, logits.columns)) }
    var random = CounterBasedGenerator(
      seed: settings.seed, purpose: .generation, stream: UInt64(request) << 32 | UInt64(place))
    // The Gumbel-max trick: the largest of logit / temperature + Gumbel noise is a draw from the softmax.
    var best = (value: -Double.infinity, index: 0)
    for index in 0..<logits.columns {
      let uniform = (Double(random.next() >> 11) + 0.5) * 0x1p-53
      let value = Double(logits[0, index]) / settings.temperature - log(-log(uniform))
      if value > best.value { best = (value, index) }
    }
    return Int32(best.index)
  }
}

/// Why a text cannot be continued.
public enum GenerationError: Error, Sendable, Equatable {
  /// Nothing to continue: the request's number from 0.
  case emptyPrompt(number: Int)
  /// The prompt fills the context: the request's number, its tokens, the model's limit.
  case promptTooLong(number: Int, tokens: Int, limit: Int)
}

extension GenerationError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .emptyPrompt(let number): "prompt \(number + 1) is empty; give it at least one token"
    case .promptTooLong(let number, let tokens, let limit):
      "prompt \(number + 1) has \(tokens) tokens, and the model's context is \(limit); shorten it"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
