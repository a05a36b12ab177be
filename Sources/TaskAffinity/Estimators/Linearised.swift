import Foundation

/// Predicts every subset from gradients at one adapter trained on all tasks: per subset, a convex problem in the
/// linearised model gives the step, and the linearised outputs give the loss.
///
/// Sources: Grad-TAG (Li et al. 2024), GradEx (2024); the offset and the loss-matched link are this project's.
public struct LinearisedEstimator: AffinityEstimator, Sendable {
  /// What the linearised output of an example is.
  public enum Link: String, Codable, Sendable {
    /// The mean over tokens of log(p / (1 - p)), as published; log(1 + exp(-mean)) understates the loss (Jensen).
    case meanLogOdds = "mean-log-odds"
    /// The f with log(1 + exp(-f)) = loss per token of the example, weighted by tokens: exact at the adapter.
    case lossMatched = "loss-matched"
  }

  /// How the estimator is set.
  public struct Settings: Codable, Sendable, Equatable {
    /// The output that is linearised.
    public var link: Link
    /// Whether the output at the adapter is kept; most published scripts drop it.
    public var keepsOffset: Bool
    /// The penalty on |step|^2, on the scale of a mean loss; free, to be calibrated.
    public var ridge: Double
    /// Whether the objective of a subset is the sum over its tasks (equal exposure) or their mean (equal total).
    public var estimand: Estimand

    /// Settings, by default loss-matched with the offset.
    public init(
      link: Link = .lossMatched, keepsOffset: Bool = true, ridge: Double = 1e-3, estimand: Estimand = .equalExposure
    ) {
      self.link = link
      self.keepsOffset = keepsOffset
      self.ridge = ridge
      self.estimand = estimand
    }

    /// What Grad-TAG and GradEx publish: mean log odds, no offset; use with projected gradients of 400 features.
    public static func published(ridge: Double) -> Settings {
      Settings(link: .meanLogOdds, keepsOffset: false, ridge: ridge, estimand: .equalTotal)
    }
  }

  /// The method's name in tables.
  public let name: String
  /// How it is set.
  public let settings: Settings
  /// Inner products of the gradients of the link's scalar: `.loss` or `.meanLogOdds`, training and held-out.
  public let gram: GradientGram

  /// Takes the inner products of exact or projected gradients.
  ///
  /// - Throws: ``AffinityError/outOfRange(what:value:allowed:)`` unless the ridge is positive.
  public init(_ gram: GradientGram, settings: Settings = Settings(), name: String = "linearised") throws {
    guard settings.ridge > 0, settings.ridge.isFinite else {
      throw AffinityError.outOfRange(what: "the ridge", value: "\(settings.ridge)", allowed: "a positive number")
    }
    self.gram = gram
    self.settings = settings
    self.name = name
  }

  /// An example's output at the adapter, the factor from the row's gradient to the output's, and its weight.
  private struct Output {
    let place: Int
    let offset: Double
    let factor: Double
    let weight: Double
    let task: Int

    init(_ row: GradientRow, place: Int, settings: Settings) {
      self.place = place
      task = row.example.task
      switch settings.link {
      case .meanLogOdds:
        offset = settings.keepsOffset ? row.value : 0
        factor = 1
        weight = 1
      case .lossMatched:
        // Below 1e-6 nats the link's slope would explode; such an example is as good as fitted.
        let loss = max(row.nll / Double(max(row.tokens, 1)), 1e-6)
        offset = settings.keepsOffset ? -log(expm1(loss)) : 0
        factor = -1 / (Double(max(row.tokens, 1)) * -expm1(-loss))
        weight = Double(row.tokens)
      }
    }
  }

  private func outputs(_ split: Split) -> [Output] {
    let wanted: GradientScalar = settings.link == .lossMatched ? .loss : .meanLogOdds
    return gram.places(split: split) { $0 == wanted }
      .map { Output(gram.rows[$0], place: $0, settings: settings) }
      .filter { $0.weight > 0 }
  }

  /// The step of a subset, as coefficients over all rows of the gradients: a displacement for a real forward pass.
  ///
  /// - Throws: ``AffinityError`` when a task has no gradients or the problem cannot be solved.
  public func stepCoefficients(_ subset: Subset, layout: TaskLayout) throws -> [Double] {
    let (train, alpha) = try solve(subset, all: outputs(.train), layout: layout)
    var result = Array(repeating: 0.0, count: gram.rows.count)
    for (output, value) in zip(train, alpha) { result[output.place] = value * output.factor }
    return result
  }

  private func solve(_ subset: Subset, all: [Output], layout: TaskLayout) throws -> ([Output], [Double]) {
    let members = layout.members(subset)
    let train = all.filter { members.contains($0.task) }
    var totals = Array(repeating: 0.0, count: layout.tasks.count)
    for output in train { totals[output.task] += output.weight }
    for task in members where totals[task] == 0 { throw AffinityError.noExamples(task: layout.tasks[task].name) }
    if train.isEmpty { return ([], []) }
    let share = settings.estimand == .equalTotal ? 1 / Double(members.count) : 1
    let places = train.map(\.place)
    let factors = train.map(\.factor)
    let problem = LogisticKernel(
      kernel: gram.block(places, places, leftScale: factors, rightScale: factors), offsets: train.map(\.offset),
      weights: train.map { share * $0.weight / totals[$0.task] }, ridge: settings.ridge)
    return (train, try problem.solve(what: "the linearised problem of \(subset)"))
  }

  /// Minus the linearised held-out loss per token of every task after every subset.
  public func estimate(_ subsets: [Subset], layout: TaskLayout) throws -> TransferEstimate {
    useOneBLASThread()
    let all = outputs(.train)
    let heldOut = outputs(.heldOut)
    var totals = Array(repeating: 0.0, count: layout.tasks.count)
    for output in heldOut { totals[output.task] += output.weight }
    for task in totals.indices where totals[task] == 0 { throw AffinityError.noExamples(task: layout.tasks[task].name) }
    var predictions: [Subset: [Double?]] = [:]
    for subset in subsets {
      let (train, alpha) = try solve(subset, all: all, layout: layout)
      let block = gram.block(
        heldOut.map(\.place), train.map(\.place), leftScale: heldOut.map(\.factor), rightScale: train.map(\.factor))
      let change = multiply(block, alpha, m: heldOut.count, k: train.count, n: 1)
      var losses = Array(repeating: 0.0, count: layout.tasks.count)
      for (output, step) in zip(heldOut, change) {
        losses[output.task] += output.weight / totals[output.task] * softplus(-(output.offset + step))
      }
      predictions[subset] = losses.map { -$0 }
    }
    // Even the loss-matched read-out needs anchors for its ridge; its unit is that of the loss all the same.
    return TransferEstimate(
      method: name, tasks: layout.tasks.map(\.name), predictions: predictions,
      calibrated: settings.link == .lossMatched && settings.keepsOffset,
      cost: EstimatorCost(backward: all.count + heldOut.count, runs: 1))
  }
}
