import MTL
import Synchronization
import TaskAffinity

/// The tokenised data of a plan, shared by all of its runs.
public final class SweepData: Sendable {
  /// The plan.
  public let plan: SweepPlan
  /// How prompts and answers become tokens.
  public let format: PromptFormat
  /// The sizes of the base.
  public let configuration: ModelConfiguration
  /// The test examples of every task.
  public let evaluationSets: [EvaluationSet]
  private let samples = Mutex<[String: [TrainingExample]]>([:])

  /// Tokenises the test examples.
  ///
  /// - Throws: `TaskError`, `ChatTemplateError`.
  public init(plan: SweepPlan, format: PromptFormat, configuration: ModelConfiguration) throws {
    self.plan = plan
    self.format = format
    self.configuration = configuration
    let evaluation = plan.specification.evaluation
    let limit = min(plan.evaluationLength, LanguageModel.maximumLength(configuration))
    evaluationSets = try plan.tasks.map { task in
      try EvaluationSet(
        task: task, limit: evaluation.examplesPerTask, seed: evaluation.seed, format: format, maxLength: limit,
        generates: evaluation.generates)
    }
  }

  /// The training data of a run: the sampled examples of its tasks, in the order of its seed.
  ///
  /// - Throws: `TaskError`, `MixtureError`, `TrainingError`.
  public func trainingData(_ settings: RunSettings) throws -> TrainingData {
    guard let training = settings.training else { throw TrainingError.noExamples }
    let limit = min(training.maxLength, LanguageModel.maximumLength(configuration))
    let members = plan.tasks.filter { settings.tasks.contains($0.name) }
    let samples = try members.map { try sample($0, settings) }
    guard let mixture = settings.mixture else {
      let order = TrainingMixture.proportional(
        zip(members, samples).map { ($0.name, $1.count) }, epochs: training.epochs, seed: training.seed)
      return try TrainingData(samples.flatMap(\.self), epochs: order, maxLength: limit)
    }
    let tasks = zip(members, samples).map { task, sample in
      MixtureTask(
        name: task.name, category: task.category, tokens: sample.map { min(limit, $0.sequence.ids.count) })
    }
    let known = mixture.unit == .task ? plan.tasks.map(\.name) : plan.tasks.map(\.category)
    let order = try TrainingMixture.orders(tasks, mixture, seed: training.seed, known: Set(known))
    return try TrainingData(samples.flatMap(\.self), epochs: order, maxLength: limit)
  }

  /// The examples that runs with these settings train on, of each task of the plan, cut to the length limit; none of a
  /// task that the run is not trained on.
  ///
  /// - Throws: `TaskError`, `MixtureError`, `TrainingError`.
  public func trainingSequences(_ settings: RunSettings) throws -> [[TokenSequence]] {
    guard let training = settings.training else { throw TrainingError.noExamples }
    let limit = min(training.maxLength, LanguageModel.maximumLength(configuration))
    return try plan.tasks.map { task in
      if !settings.tasks.contains(task.name) { return [] }
      return try sample(task, settings).map { example in
        guard let sequence = example.sequence.truncatedLeft(to: limit) else {
          throw TrainingError.answerTooLong(
            example: example.name, tokens: example.sequence.labelCount, limit: limit)
        }
        return sequence
      }
    }
  }

  /// A task's tokenised sample. It does not depend on the run's seed: every run of a sweep sees the same examples.
  private func sample(_ task: any InstructionTask, _ settings: RunSettings) throws -> [TrainingExample] {
    if let known = samples.withLock({ $0[task.name] }) { return known }
    let limit = settings.mixture.map { $0.sampleLimit(task: task.name) } ?? settings.budget?.examplesPerTask
    let examples = try task.examples(.train, limit: limit, seed: plan.specification.evaluation.seed)
    let sample = try examples.map { example in
      let (prompt, answer) = try format.encode(prompt: example.prompt, answer: example.target)
      return TrainingExample(
        name: "\(task.name) \(example.id)", sequence: TokenSequence(prompt: prompt, answer: answer))
    }
    samples.withLock { $0[task.name] = sample }
    return sample
  }

  /// The work of a run.
  ///
  /// - Throws: `TaskError`, `MixtureError`, `TrainingError`.
  public func size(of run: PlannedRun) throws -> RunSize {
    var size = RunSize()
    let share = adaptedShare
    for set in evaluationSets {
      size.evaluationTokens += set.tokenCount
      size.generatedTokens += set.generatedTokenLimit
      // Generation needs every layer's keys and values.
      let isGenerated = set.generatedTokenLimit > 0
      size.work += (isGenerated ? 1 : share) * Double(set.tokenCount) + 3 * Double(set.generatedTokenLimit)
      if !isGenerated { size.sharedWork += (1 - share) * Double(set.tokenCount) }
    }
    guard let training = run.settings.training, let lora = run.settings.lora else { return size }
    let data = try trainingData(run.settings)
    size.steps = data.batches(of: training.batchSize).count
    size.trainingTokens = data.epochs.joined().reduce(0) { $0 + data.examples[$1].sequence.ids.count }
    size.parameters = AdapterLayout(lora, configuration).count
    size.work += 2.5 * share * Double(size.trainingTokens)
    let different = Set(data.epochs.joined()).reduce(0) { $0 + data.examples[$1].sequence.ids.count }
    size.sharedWork += (1 - share) * Double(different)
    return size
  }

  /// The share of the layers that a training step computes.
  var adaptedShare: Double {
    let layers = configuration.layerCount
    guard case .top(let count) = plan.specification.lora.layers else { return 1 }
    return Double(min(count, layers)) / Double(layers)
  }
}
