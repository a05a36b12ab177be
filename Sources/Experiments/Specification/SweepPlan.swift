import MTL
import TaskAffinity

/// The runs of a sweep, worked out from its specification and the files it names.
public struct SweepPlan: Sendable {
  /// The specification.
  public let specification: SweepSpecification
  /// The tasks, all of which every run is scored on.
  public let tasks: [any InstructionTask]
  /// The base first, then every subset with every seed.
  public let runs: [PlannedRun]

  /// Works out the runs.
  ///
  /// - Throws: `TaskError`, `AffinityError` for subsets of units that are not there, ``SweepError``.
  public init(
    _ specification: SweepSpecification, tasks: [any InstructionTask], baseDigest: String, template: String
  ) throws {
    self.specification = specification
    self.tasks = tasks
    func unit(of task: any InstructionTask) -> String {
      specification.units == .category ? task.category : task.name
    }
    let units = tasks.map(unit).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let subsets = try specification.trainedSubsets(units: units)
    for subset in subsets {
      if let unknown = subset.units.first(where: { !units.contains($0) }) {
        throw SweepError.unknownUnit(unknown, known: units)
      }
    }
    let digests = try Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, try $0.digest()) })
    func run(_ subset: Subset, seed: Int?) throws -> PlannedRun {
      let members = tasks.filter { subset.contains(unit(of: $0)) }
      var training = specification.training
      training.epochs = specification.budget.epochs
      training.seed = UInt64(seed ?? 0)
      let settings = RunSettings(
        units: specification.units, subset: subset, tasks: members.map(\.name).sorted(), seed: seed,
        lora: subset.isBase ? nil : specification.lora, training: subset.isBase ? nil : training,
        budget: subset.isBase ? nil : specification.budget, template: template,
        baseStorage: specification.baseStorage,
        baseCompute: specification.baseCompute == .fp32 ? nil : specification.baseCompute)
      var inputs = ["base": baseDigest]
      for task in members { inputs["task " + task.name] = digests[task.name] }
      return try PlannedRun(settings, digests: inputs)
    }
    var runs = [try run(.base, seed: nil)]
    for seed in specification.seeds {
      for subset in subsets where !subset.isBase { runs.append(try run(subset, seed: seed)) }
    }
    self.runs = runs
  }
}
