/// What an estimator predicts: for every subset and task a number, greater for better.
public struct TransferEstimate: Codable, Sendable {
  /// The method.
  public let method: String
  /// The tasks of each prediction.
  public let tasks: [String]
  /// By subset, one number a task; nil where the method says nothing.
  @InSubsetOrder public private(set) var predictions: [Subset: [Double?]]
  /// Whether numbers are in the truth's own unit (minus the loss, or the metric) and can be compared one to one.
  public let calibrated: Bool
  /// What it cost.
  public var cost: EstimatorCost

  /// Collects predictions.
  public init(
    method: String, tasks: [String], predictions: [Subset: [Double?]], calibrated: Bool, cost: EstimatorCost = .init()
  ) {
    self.method = method
    self.tasks = tasks
    self.predictions = predictions
    self.calibrated = calibrated
    self.cost = cost
  }

  /// The prediction of a subset on the task at an index.
  public subscript(subset: Subset, task: Int) -> Double? { predictions[subset]?[task] }
}

/// A way to predict every subset's scores without training it.
public protocol AffinityEstimator {
  /// The method's name in tables.
  var name: String { get }
  /// The predictions of subsets.
  func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate
}

/// Estimates by pairwise affinities: a subset's prediction for a task is the mean affinity of its tasks onto it, or their sum
/// where every task is seen as often whatever it is trained with (equal exposure), as what they do then adds up.
public struct PairAffinityEstimator: AffinityEstimator, Codable, Sendable {
  /// The method that made the affinities.
  public let name: String
  /// [source task][target task], greater helps; nil where unknown.
  public let affinity: [[Double?]]
  /// Whether the affinity of a task onto itself enters the mean.
  public let includesSelf: Bool
  /// What the affinities cost.
  public let cost: EstimatorCost
  /// Equal exposure sums, anything else takes the mean.
  public let estimand: Estimand

  /// Wraps affinities.
  public init(
    name: String, affinity: [[Double?]], includesSelf: Bool = true, cost: EstimatorCost = .init(),
    estimand: Estimand = .unspecified
  ) {
    self.name = name
    self.affinity = affinity
    self.includesSelf = includesSelf
    self.cost = cost
    self.estimand = estimand
  }

  /// The same affinities for runs that answer another question, under another name, or at another cost.
  public func with(name: String? = nil, estimand: Estimand? = nil, cost: EstimatorCost? = nil) -> PairAffinityEstimator
  {
    PairAffinityEstimator(
      name: name ?? self.name, affinity: affinity, includesSelf: includesSelf, cost: cost ?? self.cost,
      estimand: estimand ?? self.estimand)
  }

  /// The predictions of subsets; nil where an affinity is unknown or no source is left.
  public func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate {
    let n = layout.tasks.count
    guard affinity.count == n, affinity.allSatisfy({ $0.count == n }) else {
      throw AffinityError.shapeMismatch(what: "the affinity matrix of '\(name)'", expected: n, found: affinity.count)
    }
    var predictions: [Subset: [Double?]] = [:]
    for subset in subsets {
      let members = layout.members(subset)
      predictions[subset] = (0..<n).map { target in
        let sources = members.filter { includesSelf || $0 != target }
        let known = sources.compactMap { affinity[$0][target] }
        if known.isEmpty || known.count < sources.count { return nil }
        return known.reduce(0, +) / (estimand == .equalExposure ? 1 : Double(known.count))
      }
    }
    return TransferEstimate(
      method: name, tasks: layout.tasks.map(\.name), predictions: predictions, calibrated: false, cost: cost)
  }
}

/// Predicts by the number of tasks alone: what an estimator has to beat to say anything of the tasks themselves.
public struct SizeEstimator: AffinityEstimator, Sendable {
  /// The method's name in tables.
  public let name = "size"

  /// Nothing to set.
  public init() {}

  /// The number of tasks of each subset.
  public func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate {
    var predictions: [Subset: [Double?]] = [:]
    for subset in subsets {
      let count = Double(layout.members(subset).count)
      predictions[subset] = layout.tasks.map { _ in count }
    }
    return TransferEstimate(
      method: name, tasks: layout.tasks.map(\.name), predictions: predictions, calibrated: false)
  }
}
