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

  /// A prefix that at least this many tokens of all prompts share is computed once.
  private static let leastSharedPrefix = 8

  /// A generator that decodes at most `batchSize` sequences at a time.
  public init(model: LanguageModel, adapter: Adapter?, pool: WorkerPool, batchSize: Int = 16) {
    self.model = model
    self.adapter = adapter
    self.pool = pool
    self.batchSize = max(1, batchSize)
  }

  private struct Sequence {
    let request: Int
    let cache: KeyValueCache
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
    for (i, prompt) in prompts.enumerated() {
      guard !prompt.isEmpty else { throw GenerationError.emptyPrompt(number: i) }
      guard prompt.count < model.maximumLength else {
        throw GenerationError.promptTooLong(number: i, tokens: prompt.count, limit: model.maximumLength)
      }
    }
    var results = prompts.map { _ in [Int32]() }
    if settings.maxNewTokens < 1 { return results }
    let shared = try sharedPrefix(prompts)
    let buffers = DecodeStep.Buffers(model.configuration, batch: min(batchSize, max(1, prompts.count)))
    var waiting = prompts.indices.makeIterator()
    var active: [Sequence] = []
    var finished = 0
    func settle(_ sequence: Sequence) -> Bool {
      var sequence = sequence
      let stopped = settings.stopTokens.contains(sequence.next)
      if !stopped { sequence.generated.append(sequence.next) }
      let done =
        stopped || sequence.generated.count >= settings.maxNewTokens || sequence.cache.count >= sequence.cache.capacity
        || isComplete(sequence.request, sequence.generated)
      if done {
        results[sequence.request] = sequence.generated
        finished += 1
        progress(finished)
      } else {
        active.append(sequence)
      }
      return done
    }
    while true {
      var arrivals: [Int] = []
      while active.count + arrivals.count < batchSize, let request = waiting.next() { arrivals.append(request) }
      let started = try prefill(arrivals.map { prompts[$0] }, numbers: arrivals, shared: shared, settings)
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

  /// Keys and values of the tokens that all prompts begin with, if these are enough to matter.
  private func sharedPrefix(_ prompts: [[Int32]]) throws -> KeyValueCache? {
    guard prompts.count > 1, let first = prompts.first else { return nil }
    let length = prompts.reduce(first.count - 1) { length, prompt in
      min(length, prompt.count - 1, zip(first, prompt).prefix { $0 == $1 }.count)
    }
    guard length >= Self.leastSharedPrefix else { return nil }
    let cache = KeyValueCache(model.configuration, capacity: length)
    let prefix = Array(first.prefix(length))
    _ = try pool.map(1) { _, workspace in try run(prefix, cache, shared: nil, workspace) { _ in } }
    return cache
  }

  /// Computes prompts and the first token of each; one prompt at a time on each worker, so that the result does not
  /// depend on what it is computed with.
  private func prefill(
    _ prompts: [[Int32]], numbers: [Int], shared: KeyValueCache?, _ settings: DecodingSettings
  ) throws -> [Sequence] {
    try pool.map(prompts.count) { index, workspace in
      let prompt = prompts[index]
      let capacity = min(prompt.count + settings.maxNewTokens, model.maximumLength)
      let cache = KeyValueCache(model.configuration, capacity: capacity)
      var next: Int32 = 0
      try run(prompt, cache, shared: shared, workspace) { logits in
        next = choose(logits, request: numbers[index], place: 0, settings)
      }
      return Sequence(request: numbers[index], cache: cache, next: next)
    }
  }

  /// Computes the part of a prompt that is not shared, fills `cache`, and passes the logits of the next token on.
  private func run(
    _ prompt: [Int32], _ cache: KeyValueCache, shared: KeyValueCache?, _ workspace: Workspace, _ body: (Matrix) -> Void
  ) throws {
    let start = shared?.count ?? 0
    if let shared {
      for layer in model.layers.indices {
        cache.write(layer, at: 0, k: shared.keys(layer, start), v: shared.values(layer, start))
      }
    }
    let batch = PackedBatch(continuing: prompt[start...], after: start)
    let selection = LayerContext.Selection(rows: batch.labelledRows, spans: batch.labelledSpans)
    try workspace.scoped {
      let state = try model.finalStates(
        batch, selecting: selection, adapter: adapter, earlier: shared, workspace
      ) { layer, tape in cache.write(layer, at: start, k: tape.k, v: tape.v) }
      cache.count = prompt.count
      let logits = workspace.matrix(1, model.configuration.vocabularySize)
      skinnyLogits(state, logits, workspace)
      body(logits)
    }
  }

  private func skinnyLogits(_ state: Matrix, _ logits: Matrix, _ workspace: Workspace) {
    let head = model.output.head
    head.decode(state, rows: 0..<head.rows, into: logits, workspace)
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
