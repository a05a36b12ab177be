import MTL
import TaskAffinity

/// The ways to predict what every subset would score; docs/affinity.md has their formulas.
public enum EstimationMethod: String, CaseIterable, Sendable, Codable {
  /// A damped Gauss-Newton step of a quadratic model at the adapter trained on all.
  case curvature
  /// A convex problem a subset in the model linearised at the adapter trained on all.
  case linearised
  /// The same as Grad-TAG and GradEx publish it: mean log odds, no offset, projected gradients.
  case linearisedPublished = "linearised-published"
  /// The published recipe with the offset kept.
  case linearisedOffset = "linearised-offset"
  /// TAG: real losses after a step on each task.
  case lookahead
  /// Cosines of mean gradients.
  case cosine
  /// LESS: cosines of each example's own Adam update with held-out gradients.
  case influence
  /// The same without dividing by the lengths.
  case influenceProduct = "influence-product"
  /// Task2Vec: distances of diagonal Fisher matrices.
  case fisher
  /// Cosines of the updates of adapters trained on single units.
  case weights
  /// Real losses of averaged single adapters.
  case merge
  /// The same, merged by TIES: the largest fifth of each matrix's update, signs elected.
  case mergeTies = "merge-ties"
  /// The same, merged by DARE: nine tenths of each update dropped at random, the rest scaled up.
  case mergeDare = "merge-dare"
  /// Ridge regression on which units are there, fitted on trained subsets.
  case surrogate
  /// Kernel regression on the same.
  case surrogateKernel = "surrogate-kernel"
  /// The mean of the trained pairs.
  case pairs
  /// The number of tasks, and nothing else.
  case size

  /// Whether it takes gradients at the adapter trained on all.
  var needsExpansion: Bool {
    switch self {
    case .curvature, .linearised, .linearisedPublished, .linearisedOffset, .lookahead, .cosine, .influence,
      .influenceProduct, .fisher:
      true
    case .weights, .merge, .mergeTies, .mergeDare, .surrogate, .surrogateKernel, .pairs, .size: false
    }
  }

  /// Whether it takes the adapters of single units.
  var needsSingles: Bool { self == .weights || isMerge }

  /// Whether it scores merged single adapters.
  var isMerge: Bool { self == .merge || self == .mergeTies || self == .mergeDare }

  /// Whether it is fitted on trained subsets alone.
  var isSurrogate: Bool { self == .surrogate || self == .surrogateKernel }

  /// Those that are taken when none is named, the best of benchmarks/affinity.md first.
  public static let common: [EstimationMethod] = [
    .influenceProduct, .influence, .linearised, .linearisedPublished, .cosine, .surrogate, .surrogateKernel, .size,
  ]
}

/// How affinities are estimated.
public struct EstimationSettings: Sendable, Codable, Hashable {
  /// Which methods.
  public var methods: [EstimationMethod] = EstimationMethod.common
  /// The seed of the run on all units, and of the anchors.
  public var seed = 1
  /// Trained subsets of two or more units, drawn at random, that give each method its offset, slope and free parameter.
  public var anchors = 0
  /// Of their drawing.
  public var anchorSeed: UInt64 = 1
  /// Answers drawn for each example, for the Gauss-Newton matrix.
  public var draws = 2
  /// Features of projected gradients.
  public var projection = 400
  /// States along the training that influence and lookahead are averaged over.
  public var checkpoints = 2
  /// How far along the training on all units gradients are taken, 0 to 1: 0 at the untrained adapter, 1 at its end.
  public var at = 1.0
  /// Give methods that are fitted on trained subsets as many of them as the gradients of the others cost.
  public var equalCost = true

  /// Spreads what the calibration's line leaves of the anchors to subsets near them; nil for the line alone.
  public var residuals: ResidualKernel? = ResidualKernel()

  /// The defaults.
  public init() {}
}

/// What one method says.
public struct MethodEstimate: Sendable, Codable {
  /// The method.
  public var method: EstimationMethod
  /// As it comes.
  public var raw: TransferEstimate
  /// In the unit of the truth (minus the loss in nats a token), by the anchors; nil without.
  public var calibrated: CalibratedEstimate?
  /// The ridge or damping that the anchors chose.
  public var parameter: Double?
  /// What it cost in runs of this sweep of mean size, anchors included, by the tokens of its passes.
  public var costInRuns: Double
  /// The subsets it was fitted on or calibrated by.
  public var anchors: [Subset]
  /// Besides, the one whose training it begins with, which its cost holds already.
  public var free: [Subset]?
  /// Each task's mean score over all planned subsets of two or more units that hold it, the estimate as control variate;
  /// nil without anchors, or where none holds the task.
  public var means: [ControlVariateMean?]?

  /// The calibrated estimate where there is one.
  public var best: TransferEstimate { calibrated?.estimate ?? raw }
}

/// What `mtl affinity estimate` keeps in the folder.
public struct AffinityEstimates: Sendable, Codable {
  /// The sweep's name.
  public var sweep: String
  /// The point of its grid.
  public var point: String
  /// The seed.
  public var seed: Int
  /// The question that runs of the sweep answer.
  public var estimand: Estimand
  /// Tasks and units.
  public var layout: TaskLayout
  /// The trained subsets that all methods were given.
  public var anchors: [Subset]
  /// One a method.
  public var estimates: [MethodEstimate]
}
