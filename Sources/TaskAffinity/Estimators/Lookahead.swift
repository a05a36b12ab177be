/// TAG's lookahead affinity at one point: 1 - L_j(after a step on i) / L_j, [source][target].
///
/// The step is -learningRate D g_i with g_i the gradient of the training loss per token of i and D a frozen diagonal
/// preconditioner (Adam's 1 / (sqrt(v) + eps)), without momentum; L_j is over held-out examples, a batch that shares
/// nothing with the step's. Average over measured steps with ``averaged(_:)``.
/// Source: Fifty et al. 2021, equation 1.
///
/// - Throws: ``AffinityError`` for missing examples or a preconditioner of wrong length.
public func lookaheadAffinity(
  _ panels: some GradientPanels, losses: some LossSource, layout: TaskLayout, heldOut: [ExampleKey],
  learningRate: Double, preconditioner: [Float]? = nil
) throws -> PairAffinityEstimator {
  if let preconditioner, preconditioner.count != panels.parameterCount {
    throw AffinityError.shapeMismatch(
      what: "the preconditioner", expected: panels.parameterCount, found: preconditioner.count)
  }
  let means = try TaskMean.coefficients(panels.rows, layout: layout, split: .train)
  let before = try lossPerToken(losses, heldOut, layout: layout, displacement: nil)
  let affinity = try means.map { coefficients -> [Double?] in
    var step = try panels.combination(coefficients.map { -learningRate * $0 })
    if let preconditioner { for place in step.indices { step[place] *= preconditioner[place] } }
    let after = try lossPerToken(losses, heldOut, layout: layout, displacement: step)
    return zip(before, after).map { $0 > 0 ? 1 - $1 / $0 : nil }
  }
  let forward = heldOut.count * (layout.tasks.count + 1)
  let backward = panels.rows.count { $0.scalar == .loss && $0.example.split == .train }
  return PairAffinityEstimator(
    name: "lookahead", affinity: affinity, cost: EstimatorCost(forward: forward, backward: backward, runs: 1))
}

/// The mean of affinities measured at several steps; nil where one of them is unknown.
///
/// - Throws: ``AffinityError/insufficient(what:missing:)`` without any.
public func averaged(_ steps: [PairAffinityEstimator]) throws -> PairAffinityEstimator {
  guard let first = steps.first else {
    throw AffinityError.insufficient(what: "an average of affinities", missing: "a measured step")
  }
  let affinity = first.affinity.indices.map { i in
    first.affinity[i].indices.map { j -> Double? in
      let known = steps.compactMap { $0.affinity[i][j] }
      return known.count == steps.count ? known.reduce(0, +) / Double(known.count) : nil
    }
  }
  let cost = EstimatorCost(
    forward: steps.reduce(0) { $0 + $1.cost.forward }, backward: steps.reduce(0) { $0 + $1.cost.backward },
    runs: steps.map(\.cost.runs).max() ?? 0)
  return PairAffinityEstimator(name: first.name, affinity: affinity, includesSelf: first.includesSelf, cost: cost)
}

func lossPerToken(
  _ source: some LossSource, _ examples: [ExampleKey], layout: TaskLayout, displacement: [Float]?
) throws -> [Double] {
  let losses = try source.losses(of: examples, displacement: displacement)
  guard losses.count == examples.count else {
    throw AffinityError.shapeMismatch(what: "the losses", expected: examples.count, found: losses.count)
  }
  var nll = Array(repeating: 0.0, count: layout.tasks.count)
  var tokens = nll
  for (example, loss) in zip(examples, losses) {
    nll[example.task] += loss.nll
    tokens[example.task] += Double(loss.tokens)
  }
  return try layout.tasks.indices.map { task in
    guard tokens[task] > 0 else { throw AffinityError.noExamples(task: layout.tasks[task].name) }
    return nll[task] / tokens[task]
  }
}
