/// Predicts every subset by one Newton step of a token-correct quadratic model at an adapter trained on all tasks.
///
/// With g_t the gradient of task t's training loss per token, F_t its Gauss-Newton matrix estimated by gradients of
/// sampled answers, and M a diagonal metric, the step of S is `-(sum_S F_t + lambda M)^-1 sum_S g_t`, and task j's
/// held-out loss after it `L_j + g_j . step + step' F_j step / 2` with held-out g_j and F_j. The inner products must be
/// in the metric M^-1; nothing else is needed, by Woodbury's identity and one Cholesky factor a subset.
public struct CurvatureEstimator: AffinityEstimator, Sendable {
  /// The method's name in tables.
  public let name: String
  /// The weight of the metric; free, to be calibrated on anchors.
  public let damping: Double
  /// Sum over tasks (equal exposure) or their mean (equal total).
  public let estimand: Estimand
  /// The compressed inner products.
  private let blocks: CurvatureBlocks

  /// Takes inner products of `.loss` and `.sampledLoss` gradients, training and held-out, in the metric M^-1.
  ///
  /// - Throws: ``AffinityError`` for a task without gradients or a damping that is not positive.
  public init(
    _ gram: GradientGram, layout: TaskLayout, damping: Double, estimand: Estimand = .equalExposure,
    name: String = "curvature"
  ) throws {
    self.init(try CurvatureBlocks(gram, layout: layout), damping: damping, estimand: estimand, name: name)
    guard damping > 0, damping.isFinite else {
      throw AffinityError.outOfRange(what: "the damping", value: "\(damping)", allowed: "a positive number")
    }
  }

  private init(_ blocks: CurvatureBlocks, damping: Double, estimand: Estimand, name: String) {
    self.blocks = blocks
    self.damping = damping
    self.estimand = estimand
    self.name = name
  }

  /// The same estimator with another damping, sharing the inner products.
  public func with(damping: Double) throws -> CurvatureEstimator {
    guard damping > 0, damping.isFinite else {
      throw AffinityError.outOfRange(what: "the damping", value: "\(damping)", allowed: "a positive number")
    }
    return CurvatureEstimator(blocks, damping: damping, estimand: estimand, name: name)
  }

  /// Minus the predicted held-out loss per token of every task after every subset.
  public func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate {
    useOneBLASThread()
    var predictions: [Subset: [Double?]] = [:]
    for subset in subsets { predictions[subset] = try losses(layout.members(subset), subset: subset).map { -$0 } }
    return TransferEstimate(
      method: name, tasks: layout.tasks.map(\.name), predictions: predictions, calibrated: true, cost: blocks.cost)
  }

  private func losses(_ members: [Int], subset: Subset) throws -> [Double] {
    let b = blocks
    if members.isEmpty { return b.loss }
    let share = estimand == .equalTotal ? 1 / Double(members.count) : 1
    // Rows of U: sampled training gradients of the members, scaled so that U'U = sum of F.
    let u = b.trainRows.indices.filter { members.contains(b.trainTask[$0]) }
    let scale = u.map { (share * b.trainWeight[$0]).squareRoot() }
    var system = b.trainTrain(u, scale: scale)
    for i in u.indices { system[i * u.count + i] += damping }
    // <u, g> and, for every vector v to be measured, <v, g>.
    let ug = u.enumerated().map { place, row in
      scale[place] * share * members.reduce(0) { $0 + b.trainMean[row * b.tasks + $1] }
    }
    let y = u.isEmpty ? [] : try Cholesky(system, size: u.count, what: "the curvature step of \(subset)").solve(ug)
    var spread = Array(repeating: 0.0, count: b.trainRows.count)
    for (place, row) in u.enumerated() { spread[row] = scale[place] * y[place] }
    // v . step = -(<v, g> - <v, U> y) / damping
    let meanU = multiply(b.heldOutMeanTrain, spread, m: b.tasks, k: b.trainRows.count, n: 1)
    let sampledU = multiply(b.heldOutTrain, spread, m: b.heldOutRows.count, k: b.trainRows.count, n: 1)
    var result = b.loss
    for task in 0..<b.tasks {
      let g = share * members.reduce(0) { $0 + b.heldOutMeanMean[task * b.tasks + $1] }
      result[task] -= (g - meanU[task]) / damping
    }
    for row in b.heldOutRows.indices {
      let g = share * members.reduce(0) { $0 + b.heldOutMean[row * b.tasks + $1] }
      let along = (g - sampledU[row]) / damping
      result[b.heldOutTask[row]] += along * along * b.heldOutWeight[row] / 2
    }
    return result
  }
}
