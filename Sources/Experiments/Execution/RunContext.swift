import MTL
import TaskAffinity

/// What all runs of a sweep share: one resident base, the tokenised evaluation sets, and the cached states below the
/// adapters.
public final class RunContext: Sendable {
  /// The base.
  public let model: LanguageModel
  /// How prompts and answers become tokens.
  public let format: PromptFormat
  /// The plan.
  public let plan: SweepPlan
  /// Threads that compute.
  public let pool: WorkerPool
  /// The test examples of every task.
  public let evaluationSets: [EvaluationSet]
  /// The version that runs record.
  public let programVersion: String
  let cache: (any PrefixStateCache)?

  /// Tokenises the test examples.
  ///
  /// - Throws: `TaskError`, `ChatTemplateError`.
  public init(
    model: LanguageModel, format: PromptFormat, plan: SweepPlan, pool: WorkerPool, programVersion: String,
    cacheBytes: Int, scratchFolder: String
  ) throws {
    self.model = model
    self.format = format
    self.plan = plan
    self.pool = pool
    self.programVersion = programVersion
    let specification = plan.specification
    evaluationSets = try plan.tasks.map { task in
      try EvaluationSet(
        task: task, limit: specification.evaluation.examplesPerTask, seed: specification.evaluation.seed,
        format: format, maxLength: min(specification.training.maxLength, model.maximumLength))
    }
    if case .top = specification.lora.layers {
      cache = PrefixStateStore(memoryLimit: cacheBytes, folder: scratchFolder)
    } else {
      cache = nil
    }
  }

  /// The training data of a run: the sampled examples of its tasks, in the order of its seed.
  ///
  /// - Throws: `TaskError`, `TrainingError`.
  public func trainingData(_ settings: RunSettings) throws -> TrainingData {
    guard let training = settings.training else { throw TrainingError.noExamples }
    var examples: [TrainingExample] = []
    var counts: [(name: String, count: Int)] = []
    for task in plan.tasks where settings.tasks.contains(task.name) {
      // The sample does not depend on the run's seed: every run of a sweep sees the same examples of a task.
      let sample = try task.examples(
        .train, limit: settings.budget?.examplesPerTask, seed: plan.specification.evaluation.seed)
      for example in sample {
        let (prompt, answer) = try format.encode(prompt: example.prompt, answer: example.target)
        examples.append(
          TrainingExample(
            name: "\(task.name) \(example.id)", sequence: TokenSequence(prompt: prompt, answer: answer)))
      }
      counts.append((task.name, sample.count))
    }
    let order = TrainingMixture.proportional(counts, epochs: training.epochs, seed: training.seed)
    return try TrainingData(examples, epochs: order, maxLength: min(training.maxLength, model.maximumLength))
  }
}
