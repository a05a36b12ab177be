import MTL
import TaskAffinity

/// A declared set of runs: every subset of the units, with every seed.
public struct SweepSpecification: Sendable, Hashable, Codable {
  /// What the sweep is called.
  public var name: String
  /// The base: a path or a name.
  public var base: String
  /// How the base is held in memory.
  public var baseStorage: BaseStorage = .fp32
  /// The precision of the products with the base.
  public var baseCompute: BaseCompute = .fp32
  /// The chat template, where the model does not say.
  public var template: ChatTemplate.Family?
  /// Folders of task manifests, or manifests.
  public var tasks: [String]
  /// What subsets are made of.
  public var units: UnitKind = .category
  /// Which subsets are trained.
  public var subsets: Subsets = .all
  /// A run each.
  public var seeds: [Int] = [1]
  /// How much data a run sees, where `mixture` is nil.
  public var budget = Budget()
  /// How tasks are mixed, where that is anything but the first examples of each.
  public private(set) var mixture: MixtureSettings?
  /// Whether training examples that overlap with test examples of any task are left out.
  public var excludeOverlap = false
  /// The adapter.
  public var lora = LoRASettings(rank: 16, alpha: 16, dropout: 0.05, targets: [.q, .k, .v, .o])
  /// The optimisation; its seed and epochs are set by each run.
  public var training = TrainingSettings()
  /// How runs are scored.
  public var evaluation = Evaluation()
  /// How Slurm does them, where it does. Nothing that results depend on.
  public var slurm = SlurmSettings()

  /// A choice of subsets.
  public enum Subsets: Sendable, Hashable, Codable {
    /// All but the empty one, which is always there: the base.
    case all
    /// Every unit alone.
    case singles
    /// Every pair of units.
    case pairs
    /// All units but one, for each, and all.
    case leaveOneOut
    /// A block design: singles, blocks in which pairs of units meet equally often, and all; of 8 units also all but one
    /// each. For 8 units (a Steiner quadruple system, 31 subsets) and 20 (a projective plane, 42).
    case blockDesign
    /// Random subsets of one size.
    case random(count: Int, size: Int, seed: UInt64)
    /// These.
    case explicit([[String]])
  }

  /// How much data a run sees. Equal exposure: the examples of each task are the same whatever else is trained on.
  public struct Budget: Sendable, Hashable, Codable {
    /// Training examples of each task; nil for all.
    public var examplesPerTask: Int?
    /// Passes over them.
    public var epochs = 2

    /// The defaults.
    public init() {}
  }

  /// How runs are scored.
  public struct Evaluation: Sendable, Hashable, Codable {
    /// Test examples of each task; nil for all.
    public var examplesPerTask: Int?
    /// Of the sample of test examples: the same for every run.
    public var seed: UInt64 = 0
    /// Tokens of a prompt and its answer; nil for the training's.
    public var maxLength: Int?
    /// Whether answers are generated; without, tasks that want text are scored by the loss alone.
    public var generates = true

    /// The defaults.
    public init() {}
  }

  /// A specification with defaults.
  public init(name: String, base: String, tasks: [String]) {
    self.name = name
    self.base = base
    self.tasks = tasks
  }

  /// Sets the mixture; one that a budget can say as well becomes a budget, so that equal runs have equal ids.
  public mutating func setMixture(_ settings: MixtureSettings?) {
    mixture = settings
    guard let settings, settings.policy == .proportional, settings.unit == .task else { return }
    switch settings.budget {
    case .all: budget.examplesPerTask = nil
    case .examplesPerTask(let count): budget.examplesPerTask = count
    case .totalExamples, .totalTokens: return
    }
    budget.epochs = settings.epochs
    mixture = nil
  }

  /// Whether more units mean more steps.
  public var estimand: Estimand {
    switch mixture?.budget {
    case .totalExamples, .totalTokens: .equalTotal
    case .all, .examplesPerTask, nil: .equalExposure
    }
  }

  /// The subsets that are trained, of the units that the tasks have.
  ///
  /// - Throws: `AffinityError` for units that are not there or a design that they do not fit.
  public func trainedSubsets(units: [String]) throws -> [Subset] {
    switch subsets {
    case .all: try SubsetDesign.all(units)
    case .singles: try SubsetDesign.singles(units)
    case .pairs: try SubsetDesign.pairs(units)
    case .leaveOneOut: try SubsetDesign.leaveOneOut(units)
    case .blockDesign:
      try units.count == 20 ? SubsetDesign.designOfTwenty(units) : SubsetDesign.designOfEight(units)
    case .random(let count, let size, let seed):
      try SubsetDesign.random(units, count: count, size: size, seed: seed)
    case .explicit(let lists): lists.map { Subset($0) }
    }
  }
}
