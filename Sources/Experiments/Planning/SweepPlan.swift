import MTL
import TaskAffinity

/// The runs of a sweep, worked out from its specification and the files it names.
public struct SweepPlan: Sendable {
  /// The specification.
  public let specification: SweepSpecification
  /// The tasks, all of which every run is scored on; without the training examples that overlap with test examples
  /// where the specification leaves them out.
  public let tasks: [any InstructionTask]
  /// What subsets are made of, in the order of the tasks.
  public let units: [String]
  /// The base first, then every subset with every seed.
  public private(set) var runs: [PlannedRun]
  /// SHA-256 of the base.
  public let baseDigest: String
  /// Digests of the tasks with all of their examples.
  private let digests: [String: String]
  /// Digests of what is left of them for training.
  private let trainDigests: [String: String]
  private let template: String

  /// Works out the runs.
  ///
  /// - Throws: `TaskError`, `AffinityError` for subsets of units that are not there, `MixtureError`, ``SweepError``.
  public init(
    _ specification: SweepSpecification, tasks whole: [any InstructionTask], baseDigest: String, template: String
  ) throws {
    self.specification = specification
    self.baseDigest = baseDigest
    let overlap = specification.excludeOverlap ? try TrainTestOverlap.find(whole) : nil
    let tasks = overlap.map { overlap in whole.map { ExcludingTask($0, excluding: overlap) } } ?? whole
    self.tasks = tasks
    func unit(of task: any InstructionTask) -> String {
      specification.units == .category ? task.category : task.name
    }
    let units = tasks.map(unit).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    self.units = units
    let subsets = try specification.trainedSubsets(units: units)
    for subset in subsets {
      if let unknown = subset.units.first(where: { !units.contains($0) }) {
        throw SweepError.unknownUnit(unknown, known: units)
      }
    }
    digests = try Dictionary(uniqueKeysWithValues: whole.map { ($0.name, try $0.digest()) })
    self.template = template
    trainDigests = try Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, try $0.digest()) })
    runs = []
    var runs = [try run(.base, seed: nil)]
    for seed in specification.seeds {
      for subset in subsets where !subset.isBase { runs.append(try run(subset, seed: seed)) }
    }
    var seen: Set<String> = []
    self.runs = runs.filter { seen.insert($0.id).inserted }
  }

  /// The run of a subset with a seed (nil for the base), whether or not it is among ``runs``.
  ///
  /// - Throws: `EncodingError`.
  public func run(_ subset: Subset, seed: Int?) throws -> PlannedRun {
    let members = tasks.filter { subset.contains(specification.units == .category ? $0.category : $0.name) }
    var training = specification.training
    training.epochs = specification.mixture?.epochs ?? specification.budget.epochs
    training.seed = UInt64(seed ?? 0)
    let excluded = members.compactMap { $0 as? ExcludingTask }.filter { !$0.excluded.isEmpty }
    let settings = RunSettings(
      units: specification.units, subset: subset, tasks: members.map(\.name).sorted(), seed: seed,
      lora: subset.isBase ? nil : specification.lora, training: subset.isBase ? nil : training,
      budget: subset.isBase || specification.mixture != nil ? nil : specification.budget,
      mixture: subset.isBase ? nil : specification.mixture,
      excludedOverlap: excluded.isEmpty
        ? nil : Dictionary(uniqueKeysWithValues: excluded.map { ($0.name, $0.excluded.count) }),
      template: template, baseStorage: specification.baseStorage,
      baseCompute: specification.baseCompute == .fp32 ? nil : specification.baseCompute)
    var inputs = ["base": baseDigest]
    for task in members { inputs["task " + task.name] = trainDigests[task.name] }
    return try PlannedRun(settings, digests: inputs)
  }

  /// Names of the digests of the tasks' evaluations, and the digests: what the scores of a task depend on besides the
  /// run. A run that was scored on other examples, or by other metrics, is scored again.
  ///
  /// - Throws: `EncodingError`.
  public func evaluationDigests() throws -> [(task: String, digest: String)] {
    struct Settings: Encodable {
      var task: String
      var examples: Int?
      var seed: UInt64
      var maxLength: Int
      var generates: Bool?
    }
    let evaluation = specification.evaluation
    return try tasks.map { task in
      let settings = Settings(
        task: task.name, examples: evaluation.examplesPerTask, seed: evaluation.seed, maxLength: evaluationLength,
        generates: evaluation.generates ? nil : false)
      return (
        task.name, try RunIdentity.id(settings: settings, digests: ["task": digests[task.name] ?? ""])
      )
    }
  }

  /// Tokens of a prompt and its answer when runs are scored.
  public var evaluationLength: Int { specification.evaluation.maxLength ?? specification.training.maxLength }
}
