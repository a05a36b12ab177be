/// One quantity of a score table, resampled once, from which transfer and affinity matrices are made.
///
/// Making it costs one product [subsets x seeds, clusters] x [clusters, draws] a task; the matrices are then sums.
public struct AffinityAnalysis: Sendable {
  /// The scores.
  public let table: ScoreTable
  /// What is compared.
  public let quantity: Quantity
  /// How intervals are drawn.
  public let settings: BootstrapSettings

  /// Tasks that have the quantity, by index.
  let taskIndices: [Int]
  private let plan: ResamplingPlan
  /// Weights of the seed sets that occur.
  private var seedWeights: [[Int]: [Double]] = [:]
  private var tasks: [Int: TaskColumns] = [:]
  /// The full columns, by task and subset, over the seeds that each has.
  private var columns: [Int: [Subset: (seeds: [Int], values: [Double])]] = [:]
  /// The base's columns over the seeds of the subsets that are compared with it, by task.
  private var baseColumns: [Int: [[Int]: [Double]]] = [:]

  /// Resamples a table.
  ///
  /// - Throws: ``AffinityError`` when no task has the quantity or settings are out of range.
  public init(_ table: ScoreTable, quantity: Quantity = .loss, bootstrap settings: BootstrapSettings = .init()) throws {
    try settings.validate()
    useOneBLASThread()
    self.table = table
    self.quantity = quantity
    self.settings = settings
    taskIndices = table.tasksWith(quantity)
    if taskIndices.isEmpty { throw AffinityError.unknownMetric(quantity.title) }
    plan = ResamplingPlan(settings: settings, seedCount: table.seeds.count)
    for task in taskIndices {
      guard let set = table.evaluationSets[task] else { continue }
      let metric = table.metricIndex(quantity, task: task).flatMap { table.metrics[table.tasks[task].name]?[$0] }
      tasks[task] = TaskColumns(set: set, metric: metric, task: table.tasks[task].name, plan: plan)
      for subset in Set(table.subsets + [.base]) {
        let seeds = seedsPresent(subset, task: task)
        guard subset.isBase ? has(.base, task: task) : !seeds.isEmpty else { continue }
        if seedWeights[seeds] == nil { seedWeights[seeds] = plan.seedWeights(seeds) }
        columns[task, default: [:]][subset] = (seeds, column(subset, task: task, seeds: seeds) ?? [])
      }
      guard has(.base, task: task) else { continue }
      for seeds in Set((columns[task] ?? [:]).values.map(\.seeds)) where !seeds.isEmpty {
        baseColumns[task, default: [:]][seeds] = column(.base, task: task, seeds: seeds)
      }
    }
  }

  /// Whether a greater score of the task is the better one.
  func higherIsBetter(task: Int) -> Bool { tasks[task]?.metric?.higherIsBetter ?? false }

  /// Whether the subset was scored on the task with any seed.
  func has(_ subset: Subset, task: Int) -> Bool {
    subset.isBase ? table.cell(subset: .base, seed: nil, task: task) != nil : columns[task]?[subset] != nil
  }

  /// The seeds, by index, that a subset was scored with.
  private func seedsPresent(_ subset: Subset, task: Int) -> [Int] {
    subset.isBase
      ? [] : table.seeds.indices.filter { table.cell(subset: subset, seed: table.seeds[$0], task: task) != nil }
  }

  /// The statistic over the seeds that all its terms share; nil when a cell is missing or no seed is shared.
  func columns(of terms: [Term]) -> StatisticColumns? {
    var shared: Set<Int>?
    for term in terms {
      for subset in term.subsets {
        guard let entry = columns[term.task]?[subset] else { return nil }
        if !subset.isBase { shared = shared.map { $0.intersection(entry.seeds) } ?? Set(entry.seeds) }
      }
    }
    if terms.isEmpty || shared?.isEmpty == true { return nil }
    let seeds = (shared ?? []).sorted()
    let rows = max(seeds.count, 1)
    var result = StatisticColumns(
      seeds: seeds.count, perSeed: Array(repeating: 0, count: rows), draws: Array(repeating: 0, count: settings.draws))
    for term in terms {
      guard let values = values(of: term, seeds: seeds), let clusters = tasks[term.task]?.clusters else { return nil }
      let layout = ColumnLayout(seeds: rows, draws: settings.draws, clusters: clusters)
      let c = term.coefficient
      result.point += c * values[0]
      for row in 0..<rows { result.perSeed[row] += c * values[layout.seedStart + row] }
      for draw in 0..<settings.draws { result.draws[draw] += c * values[layout.drawStart + draw] }
      var block = result.jackknife[term.task] ?? Array(repeating: 0, count: rows * clusters)
      for place in block.indices { block[place] += c * values[layout.jackknifeStart + place] }
      result.jackknife[term.task] = block
    }
    return result
  }

  /// The estimate of a sum of terms; nil when it is unknown or not finite.
  func estimate(_ terms: [Term]?) -> Estimate? {
    guard let terms, let columns = columns(of: terms), columns.point.isFinite else { return nil }
    return columns.estimate(level: settings.level)
  }

  private func values(of term: Term, seeds: [Int]) -> [Double]? {
    guard var values = column(term.subset, task: term.task, over: seeds) else { return nil }
    guard let reference = term.reference else { return values }
    guard let other = column(reference, task: term.task, over: seeds) else { return nil }
    let sign = higherIsBetter(task: term.task) ? 1.0 : -1.0
    for index in values.indices {
      let gain = sign * (values[index] - other[index])
      values[index] = term.scale == .relative ? gain / abs(other[index]) : gain
    }
    return values
  }

  /// The column of a subset restricted to seeds; the base's is repeated for each.
  private func column(_ subset: Subset, task: Int, over seeds: [Int]) -> [Double]? {
    guard let entry = columns[task]?[subset] else { return nil }
    if entry.seeds == seeds { return entry.values }
    if subset.isBase, let values = baseColumns[task]?[seeds] { return values }
    return column(subset, task: task, seeds: seeds)
  }

  private func column(_ subset: Subset, task: Int, seeds: [Int]) -> [Double]? {
    guard let columns = tasks[task], let set = table.evaluationSets[task] else { return nil }
    let metric = table.metricIndex(quantity, task: task)
    let wanted: [Int?] = subset.isBase ? [nil] : seeds.map { table.seeds[$0] }
    var sums: [[Double]] = []
    for seed in wanted {
      guard let cell = table.cell(subset: subset, seed: seed, task: task) else { return nil }
      sums.append(cell.clusterSums(metric: metric, set: set))
    }
    if subset.isBase, seeds.count > 1 {
      let single = columns.column(sums: sums, seedWeights: plan.seedWeights([]))
      return repeated(single, seeds: seeds.count, clusters: columns.clusters)
    }
    return columns.column(sums: sums, seedWeights: seedWeights[seeds] ?? plan.seedWeights(seeds))
  }

  /// A column without seeds in the layout of several.
  private func repeated(_ values: [Double], seeds: Int, clusters: Int) -> [Double] {
    let layout = ColumnLayout(seeds: 1, draws: settings.draws, clusters: clusters)
    let jackknife = values[layout.jackknifeStart...]
    var result = [values[0]]
    result += Array(repeating: values[0], count: seeds)
    result += values[layout.drawStart..<layout.jackknifeStart]
    for _ in 0..<seeds { result += jackknife }
    return result
  }
}

extension StoredCell {
  /// Sums per cluster, parts after one another: [parts * clusters].
  func clusterSums(metric: Int?, set: EvaluationSet) -> [Double] {
    guard let metric else { return set.clusterSums(nll) }
    let count = parts[metric].first?.count ?? 0
    return (0..<count).flatMap { part in set.clusterSums(parts[metric].map { $0[part] }) }
  }
}
