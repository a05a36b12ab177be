import MTL
import TaskAffinity

/// Everything that the adapter of one run depends on, besides the files named by their digests.
public struct RunSettings: Sendable, Hashable, Codable {
  /// What the subset is made of.
  public var units: UnitKind
  /// The categories or tasks trained on; empty for the base.
  public var subset: Subset
  /// The tasks trained on, sorted by name.
  public var tasks: [String]
  /// The run's seed.
  public var seed: Int?
  /// The adapter; nil for the base.
  public var lora: LoRASettings?
  /// The optimisation; nil for the base.
  public var training: TrainingSettings?
  /// The data each task contributes; nil for the base, and where there is a mixture.
  public var budget: SweepSpecification.Budget?
  /// How the tasks are mixed, where that is anything but a budget for each.
  public var mixture: MixtureSettings?
  /// Training examples left out of each task because they overlap with test examples; nil where there are none.
  public var excludedOverlap: [String: Int]?
  /// The chat template's family.
  public var template: String
  /// How the base is held: bf16 rounds its weights.
  public var baseStorage: BaseStorage
  /// The precision of the products with the base; nil for single precision.
  public var baseCompute: BaseCompute?
}

/// A run of a sweep: its settings, the digests of its inputs, and the name that follows from them.
public struct PlannedRun: Sendable, Hashable {
  /// The settings.
  public let settings: RunSettings
  /// SHA-256 of the base, the data of the tasks trained on, and the like.
  public let digests: [String: String]
  /// The SHA-256 over both.
  public let id: String

  init(_ settings: RunSettings, digests: [String: String]) throws {
    self.settings = settings
    self.digests = digests
    id = try RunIdentity.id(settings: settings, digests: digests)
  }

  /// For people: the subset and the seed.
  public var title: String {
    settings.seed.map { "\(settings.subset) seed \($0)" } ?? "\(settings.subset)"
  }
}
