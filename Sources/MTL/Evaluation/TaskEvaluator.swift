import Foundation

/// A task's test examples, tokenised once for a whole sweep.
public struct EvaluationSet: Sendable {
  /// The task.
  public let task: any InstructionTask
  /// Its sampled test examples.
  public let examples: [TaskExample]
  let prompts: [[Int32]]
  /// The target's tokens, and those of the choices where there are any.
  let targets: [[Int32]]
  let choices: [[[Int32]]]
  /// How many prompts were cut from the left.
  public let truncatedCount: Int
  /// Whether answers are generated; a task that wants text is otherwise scored by its targets' likelihood alone.
  public let isGenerated: Bool

  /// Tokenises at most `limit` test examples; prompts are cut from the left to `maxLength` less the answer.
  ///
  /// - Throws: ``TaskError``, `ChatTemplateError`.
  public init(
    task: any InstructionTask, limit: Int?, seed: UInt64, format: PromptFormat, maxLength: Int, generates: Bool = true
  ) throws {
    self.task = task
    isGenerated = generates && task.outputType == .generateUntil
    examples = try task.examples(.test, limit: limit, seed: seed)
    var prompts: [[Int32]] = []
    var targets: [[Int32]] = []
    var choices: [[[Int32]]] = []
    var truncated = 0
    for example in examples {
      let (prompt, target) = try format.encode(prompt: example.prompt, answer: example.target)
      let options = try example.choices.map { try format.encode(prompt: example.prompt, answer: $0).answer }
      let answer = max(target.count, options.map(\.count).max() ?? 0)
      guard answer < maxLength else {
        throw TaskError.tooLong(task: task.name, example: example.id, tokens: answer, limit: maxLength)
      }
      let kept = prompt.suffix(maxLength - answer)
      if kept.count < prompt.count { truncated += 1 }
      prompts.append(Array(kept))
      targets.append(target)
      choices.append(options)
    }
    self.prompts = prompts
    self.targets = targets
    self.choices = choices
    truncatedCount = truncated
  }

  /// Every example's prompt and target.
  public var sequences: [TokenSequence] { zip(prompts, targets).map { TokenSequence(prompt: $0, answer: $1) } }

  /// Tokens that scoring computes, about; generated ones not counted.
  public var tokenCount: Int {
    zip(prompts, zip(targets, choices)).reduce(0) { sum, item in
      sum + item.0.count + max(item.1.0.count, item.1.1.reduce(0) { $0 + $1.count })
    }
  }

  /// Most tokens that are generated.
  public var generatedTokenLimit: Int { isGenerated ? examples.count * task.generation.maxNewTokens : 0 }

  /// What is computed besides the loss.
  var metrics: [any Metric] { task.outputType == .generateUntil && !isGenerated ? [] : task.metrics }
}

/// Scores a base and an adapter on tasks.
public struct TaskEvaluator: Sendable {
  /// The base.
  public let model: LanguageModel
  /// The adapter, if any.
  public let adapter: Adapter?
  /// How prompts and answers become tokens.
  public let format: PromptFormat
  private let pool: WorkerPool
  private let cache: (any PrefixStateCache)?

  package init(
    model: LanguageModel, adapter: Adapter?, format: PromptFormat, pool: WorkerPool,
    cache: (any PrefixStateCache)? = nil
  ) {
    self.model = model
    self.adapter = adapter
    self.format = format
    self.pool = pool
    self.cache = cache
  }

  /// Losses, answers and metrics of every example of a set.
  ///
  /// - Throws: ``Stopped`` once the pool's flag is raised; ``GenerationError``.
  public func evaluate(_ set: EvaluationSet) throws -> TaskEvaluation {
    let isGenerated = set.isGenerated
    let answers = isGenerated ? try generated(set) : try scored(set)
    let rule = set.task.answerRule
    let outcomes = zip(set.examples, answers).map { example, answer in
      let parsed = isGenerated ? rule.parse(answer.text, choices: example.choices) : nil
      return ExampleOutcome(
        prediction: parsed, isUnparsed: isGenerated && parsed == nil, choiceLikelihoods: answer.choices,
        goldChoice: example.choices.firstIndex(of: example.target), choices: example.choices,
        references: example.references)
    }
    let metrics = try set.metrics.map { metric in
      let parts = try metric.parts(of: outcomes)
      let sum = parts.dropFirst().reduce(parts.first ?? []) { zip($0, $1).map(+) }
      return MetricScores(
        name: metric.name, higherIsBetter: metric.higherIsBetter, parts: parts,
        score: metric.score(sum, count: parts.count), aggregation: metric.aggregation,
        details: (metric as? any DetailedMetric)?.details(sum) ?? [])
    }
    return TaskEvaluation(
      task: set.task.name, category: set.task.category, exampleIDs: set.examples.map(\.id),
      clusters: set.examples.map(\.cluster), nll: answers.map(\.target.nll), tokens: answers.map(\.target.tokens),
      predictions: answers.map(\.text), references: set.examples.map(\.target), metrics: metrics,
      unparsed: outcomes.count(where: \.isUnparsed))
  }

  /// What was found out about one example: the target's likelihood, those of the choices, the answer's text.
  private struct Answer {
    var target: Likelihood
    var choices: [Likelihood]
    var text: String
  }

  /// Likelihoods of the choices; a target is one of them where there are any.
  private func scored(_ set: EvaluationSet) throws -> [Answer] {
    let scorer = LikelihoodScorer(model: model, adapter: adapter, pool: pool, cache: cache)
    let scores = try scorer.score(
      set.examples.indices.map { i in
        Continuations(prompt: set.prompts[i], choices: set.choices[i].isEmpty ? [set.targets[i]] : set.choices[i])
      })
    return zip(set.examples, scores).map { example, scores in
      let gold = example.choices.firstIndex(of: example.target) ?? 0
      let best = scores.indices.min { scores[$0].nll < scores[$1].nll } ?? 0
      return Answer(
        target: scores[gold], choices: example.choices.isEmpty ? [] : scores,
        text: example.choices.isEmpty ? "" : example.choices[best])
    }
  }

  /// Generated answers, and the targets' likelihoods from the same pass over the prompts.
  private func generated(_ set: EvaluationSet) throws -> [Answer] {
    let generator = Generator(model: model, adapter: adapter, pool: pool)
    let settings = DecodingSettings(maxNewTokens: set.task.generation.maxNewTokens, stopTokens: format.stopTokens)
    let until = set.task.generation.until
    let results = try generator.generate(
      set.prompts, targets: set.targets, settings,
      isComplete: { _, ids in
        // All texts end here once it is to stop, and are thrown away below.
        if let stop = pool.stop, stop.isRequested { return true }
        // Only what was just added can complete a stop text, but a token may end within a character: look at all.
        guard !until.isEmpty, let text = try? format.text(ids) else { return false }
        return until.contains { text.contains($0) }
      })
    if let stop = pool.stop, stop.isRequested { throw Stopped() }
    return try results.map { result in
      let text = try format.text(result.ids)
      let ends = until.compactMap { text.range(of: $0)?.lowerBound }
      let answer = String(text[..<(ends.min() ?? text.endIndex)]).trimmingCharacters(in: .whitespacesAndNewlines)
      return Answer(target: result.target ?? Likelihood(nll: 0, tokens: 0), choices: [], text: answer)
    }
  }
}
