/// Computes the criteria of a comparison.
struct Judge {
  let scores: TrainedScores
  let matrix: TransferMatrix
  let layout: TaskLayout
  let anchors: Set<Subset>
  /// For each task the held-out cells.
  let cells: [[(subset: Subset, score: Double)]]
  let groups: Int?

  /// The truth's noise ceiling over the held-out cells; nil unless all have the same two or more seeds.
  var ceiling: NoiseCeiling? { Self.ceiling(cells, of: matrix, layout: layout) }

  /// The noise ceiling of some cells, for a truth of so many seeds (by default the matrix's).
  static func ceiling(
    _ cells: [[(subset: Subset, score: Double)]], of matrix: TransferMatrix, layout: TaskLayout, truthSeeds: Int? = nil
  ) -> NoiseCeiling? {
    let bySeed = layout.tasks.indices.map { task in
      cells[task].map { matrix[$0.subset, layout.tasks[task].name]?.value.perSeed ?? [] }
    }
    let counts = Set(bySeed.joined().map(\.count))
    guard counts.count == 1, let seeds = counts.first, seeds > 1 else { return nil }
    return try? noiseCeiling((0..<seeds).map { seed in bySeed.map { $0.map { $0[seed] } } }, truthSeeds: truthSeeds)
  }

  func report(_ estimate: TransferEstimate) throws -> EstimatorReport {
    guard estimate.tasks == layout.tasks.map(\.name) else {
      throw AffinityError.shapeMismatch(
        what: "the tasks of '\(estimate.method)'", expected: layout.tasks.count, found: estimate.tasks.count)
    }
    var scatter: [ScatterPoint] = []
    var rho: [Double] = []
    var tau: [Double] = []
    var pooledX: [Double] = []
    var pooledY: [Double] = []
    var regrets: [Double] = []
    var errors = (own: 0.0, trivial: 0.0, size: 0.0)
    for (task, known) in cells.enumerated() {
      let pairs = known.compactMap { cell in estimate[cell.subset, task].map { (cell.subset, $0, cell.score) } }
      guard !pairs.isEmpty else { continue }
      let x = pairs.map(\.1)
      let y = pairs.map(\.2)
      for (subset, value, truth) in pairs {
        scatter.append(ScatterPoint(subset: subset, task: layout.tasks[task].name, estimate: value, truth: truth))
      }
      if let r = spearman(x, y) { rho.append(r) } else if Set(y).count > 1 { rho.append(0) }
      if let r = kendall(x, y) { tau.append(r) } else if Set(y).count > 1 { tau.append(0) }
      pooledX += zScores(x)
      pooledY += zScores(y)
      if let best = y.max(), let pick = pairs.max(by: { $0.1 < $1.1 }) { regrets.append(best - pick.2) }
      let trivial = trivialPrediction(task, otherwise: y)
      for (value, truth) in zip(x, y) {
        errors.own += (value - truth) * (value - truth)
        errors.trivial += (trivial - truth) * (trivial - truth)
        errors.size += truth * truth
      }
    }
    func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    func share(_ a: Double, _ b: Double) -> Double? { b > 0 ? a / b : nil }
    return EstimatorReport(
      method: estimate.method, cells: scatter.count, spearman: mean(rho), kendall: mean(tau),
      pooled: spearman(pooledX, pooledY),
      skill: estimate.calibrated ? share(errors.own, errors.trivial).map { 1 - $0 } : nil,
      distance: estimate.calibrated ? share(errors.own, errors.size)?.squareRoot() : nil,
      trivialDistance: share(errors.trivial, errors.size)?.squareRoot(), negativeTransfer: negativeTransfer(estimate),
      subsetRegret: mean(regrets), groupingRegret: groupingRegret(estimate), cost: estimate.cost, scatter: scatter)
  }

  /// The target's mean over anchors of two or more units; without any, over the very cells to be predicted.
  private func trivialPrediction(_ task: Int, otherwise: [Double]) -> Double {
    let known = scores.holding(task).filter { $0.subset.count > 1 && anchors.contains($0.subset) }.map(\.score)
    let values = known.isEmpty ? otherwise : known
    return values.reduce(0, +) / Double(values.count)
  }

  private func negativeTransfer(_ estimate: TransferEstimate) -> NegativeTransferReport? {
    var counts = (hit: 0, alarm: 0, miss: 0, calm: 0)
    for (task, known) in cells.enumerated() {
      let single: Subset = [layout.unit(task)]
      // Calibrated numbers may be set against the trained single, raw ones only against their own.
      let own = estimate.calibrated && anchors.contains(single) ? scores[single, task] : estimate[single, task]
      guard let own else { continue }
      for cell in known {
        let gain = matrix[cell.subset, layout.tasks[task].name]?.overSingle?.absolute
        guard let truth = gain?.significantSign, truth != 0, let value = estimate[cell.subset, task] else { continue }
        switch (truth < 0, value < own) {
        case (true, true): counts.hit += 1
        case (false, true): counts.alarm += 1
        case (true, false): counts.miss += 1
        case (false, false): counts.calm += 1
        }
      }
    }
    let total = counts.hit + counts.alarm + counts.miss + counts.calm
    guard total > 0 else { return nil }
    func share(_ a: Int, _ b: Int) -> Double? { b > 0 ? Double(a) / Double(b) : nil }
    let negative = counts.hit + counts.miss
    return NegativeTransferReport(
      precision: share(counts.hit, counts.hit + counts.alarm), recall: share(counts.hit, negative),
      f1: share(2 * counts.hit, 2 * counts.hit + counts.alarm + counts.miss),
      accuracy: Double(counts.hit + counts.calm) / Double(total),
      majority: Double(max(negative, total - negative)) / Double(total), cells: total)
  }

  /// nil unless every subset of the units is trained and predicted, and the units are few enough.
  private func groupingRegret(_ estimate: TransferEstimate) -> Double? {
    guard let groups else { return nil }
    let units = layout.units
    func score(_ table: (Subset, Int) -> Double?) -> GroupScores? {
      try? GroupScores(tasks: units) { members, target in
        let subset = Subset(members.map { units[$0] })
        let tasks = layout.tasks.indices.filter { layout.unit($0) == units[target] }
        return tasks.reduce(0) { $0 + (table(subset, $1) ?? .nan) } / Double(tasks.count)
      }
    }
    guard let truth = score({ scores[$0, $1] }), let predicted = score({ estimate[$0, $1] }),
      let oracle = try? truth.exactPartition(groups: groups),
      let chosen = try? predicted.exactPartition(groups: groups), let value = truth.value(of: chosen.groups)
    else { return nil }
    return oracle.objective - value
  }
}

/// Values less their mean over their standard deviation; zeros when they do not vary.
private func zScores(_ values: [Double]) -> [Double] {
  let n = Double(values.count)
  let mean = values.reduce(0, +) / n
  let sd = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
  return values.map { sd > 0 ? ($0 - mean) / sd : 0 }
}
