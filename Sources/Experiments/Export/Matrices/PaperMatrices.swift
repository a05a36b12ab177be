import TaskAffinity

/// The matrices of a sweep that go into tables and figures, with their intervals.
package struct PaperMatrices: Sendable {
  /// Gains over the base, subset x task: of the loss in per cent of the base's, of metrics in their unit.
  package private(set) var transfer: [DisplayMatrix] = []
  /// Scores, subset x task.
  package private(set) var scores: [DisplayMatrix] = []
  /// How training on the row changes the column: zero-shot, pairwise, leave-one-out; those with any known cell.
  package private(set) var affinity: [DisplayMatrix] = []

  /// Computes the matrices of the loss, and the scores and gains of each task's first metric; with a metric named, all of
  /// its alone.
  ///
  /// - Throws: `AffinityError` for a metric that no task has.
  package init(_ results: SweepResults, metric: String? = nil, bootstrap: BootstrapSettings = .init()) throws {
    let main = try AffinityAnalysis(
      results.table, quantity: metric.map(Quantity.metric) ?? .loss, bootstrap: bootstrap)
    add(main, results)
    if metric == nil, !results.metricNames.isEmpty {
      add(try AffinityAnalysis(results.table, quantity: .primaryMetric, bootstrap: bootstrap), results)
    }
    let level: MatrixLevel = results.plan.units == .category ? .categories : .tasks
    let scale = metric == nil ? 100 : main.transferMatrix(.tasks, over: []).pointScale
    for kind in [AffinityKind.zeroShot, .pairwise, .leaveOneOut] {
      let matrix = DisplayMatrix(try main.affinityMatrix(kind, level: level), scale: scale)
      if !matrix.known.isEmpty { affinity.append(matrix) }
    }
  }

  private mutating func add(_ analysis: AffinityAnalysis, _ results: SweepResults) {
    let matrix = analysis.transferMatrix(.tasks, over: [.base])
    transfer.append(DisplayMatrix(gains: matrix, results))
    scores.append(DisplayMatrix(scores: matrix, results))
  }
}

extension Quantity {
  /// A name for files.
  fileprivate var fileName: String {
    switch self {
    case .loss: "loss"
    case .primaryMetric: "metric"
    case .metric(let name): "metric-" + plainName(name)
    }
  }

  fileprivate var words: String {
    switch self {
    case .loss: "held-out loss"
    case .primaryMetric: "each task's first metric"
    case .metric(let name): name
    }
  }

  /// Gains of a loss are shares of it; those of a metric, which may start from zero, are differences.
  fileprivate var isRelative: Bool { self == .loss }
}

/// A name that files may have.
package func plainName(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? scalar : "-"
      }))
}

extension TransferMatrix {
  /// 100 where all scores are shares, which papers print in points; else 1.
  fileprivate var pointScale: Double {
    cells.joined().compactMap { $0?.value.value }.allSatisfy { (0...1).contains($0) } ? 100 : 1
  }
}

extension DisplayMatrix {
  /// Gains over the base.
  fileprivate init(gains matrix: TransferMatrix, _ results: SweepResults) {
    let relative = matrix.quantity.isRelative
    let places = matrix.rows.indices.filter { !matrix.rows[$0].isBase }
    let tests = try? matrix.tests(.base, .holm, relative: relative)
    let scale = relative ? 100 : matrix.pointScale
    let unit = relative ? ", per cent of the base's" : scale == 100 ? ", in points (hundredths)" : ""
    self.init(
      name: "transfer-" + matrix.quantity.fileName,
      title: "Gain in \(matrix.quantity.words) over the base\(unit) (rows: trained on; columns: scored on); "
        + "positive helps", legend: "gain over the base" + (relative ? ", %" : scale == 100 ? ", points" : ""),
      estimand: matrix.estimand, confidence: matrix.confidence,
      rows: places.map { results.labels.label(matrix.rows[$0]) },
      columns: matrix.columns, entries: [], higherIsBetter: matrix.columns.map { _ in true })
    if matrix.quantity == .primaryMetric { columnNotes = matrix.columns.map { results.primaryMetric($0)?.name ?? "" } }
    entries = places.map { row in
      matrix.columns.indices.map { column -> DisplayEntry in
        let gain = matrix.cells[row][column]?.overBase.flatMap { relative ? $0.relative : $0.absolute }
        guard let gain else { return .missing }
        var cell = DisplayCell(gain, scale: scale)
        cell.isPartial = cell.seeds < results.seedCount(matrix.rows[row])
        cell.isAdjustedSignificant = (tests?.p[row][column] ?? 1) <= 0.05
        return .known(cell)
      }
    }
    if let tests, tests.least <= 0.05 { adjustment = Self.holm }
  }

  /// The scores themselves.
  fileprivate init(scores matrix: TransferMatrix, _ results: SweepResults) {
    let isLoss = matrix.quantity == .loss
    let scale = isLoss ? 1 : matrix.pointScale
    let title =
      isLoss
      ? "Held-out loss, nats per answer token; less is better"
      : "Scores by \(matrix.quantity.words)" + (scale == 100 ? ", in points (hundredths)" : "")
    self.init(
      name: "scores-" + matrix.quantity.fileName, title: "\(title) (rows: trained on; columns: scored on)",
      legend: isLoss ? "loss, nats" : scale == 100 ? "points" : "score", estimand: matrix.estimand,
      confidence: matrix.confidence,
      rows: matrix.rows.map(results.labels.label), columns: matrix.columns, entries: [], isGain: false,
      higherIsBetter: matrix.columns.map { isLoss ? false : results.isHigherBetter(matrix.quantity, task: $0) })
    if matrix.quantity == .primaryMetric { columnNotes = matrix.columns.map { results.primaryMetric($0)?.name ?? "" } }
    entries = matrix.rows.indices.map { row in
      matrix.cells[row].map { value -> DisplayEntry in
        guard let value else { return .missing }
        var cell = DisplayCell(value.value, scale: scale)
        cell.isPartial = cell.seeds < results.seedCount(matrix.rows[row])
        return .known(cell)
      }
    }
  }

  /// Affinity of units on each other, in the transfer matrix's unit.
  fileprivate init(_ matrix: AffinityMatrix, scale: Double) {
    let relative = matrix.quantity.isRelative
    let unit = relative ? ", per cent" : scale == 100 ? ", in points (hundredths)" : ""
    let tests = try? matrix.tests(.holm, relative: relative)
    let title =
      switch matrix.kind {
      case .zeroShot: "Zero-shot transfer: gain of the column over the base, trained on the row alone"
      case .pairwise: "Pairwise affinity: gain of the column over training on it alone, when the row is added"
      case .leaveOneOut: "Leave-one-out affinity: gain of the column from having the row among all"
      case .higherOrder: "Higher-order affinity: mean gain of the column over subsets with the row, centred"
      case .surrogate: "Linear surrogate: coefficient of the row's presence on the column"
      }
    self.init(
      name: "affinity-" + matrix.kind.rawValue,
      title: "\(title); \(matrix.quantity.words)\(unit); positive helps",
      legend: relative ? "gain, %" : scale == 100 ? "gain, points" : "gain", estimand: matrix.estimand,
      confidence: matrix.confidence,
      rows: matrix.rows, columns: matrix.columns, entries: [], isSquare: matrix.rows == matrix.columns,
      higherIsBetter: matrix.columns.map { _ in true })
    let most = matrix.cells.joined().compactMap { $0?.absolute.seeds }.max() ?? 0
    entries = matrix.rows.indices.map { row in
      matrix.columns.indices.map { column -> DisplayEntry in
        guard let gain = matrix.cells[row][column].flatMap({ relative ? $0.relative : $0.absolute }) else {
          let isDiagonal = matrix.rows[row] == matrix.columns[column]
          return isDiagonal && matrix.kind == .pairwise ? .undefined : .missing
        }
        var cell = DisplayCell(gain, scale: scale)
        cell.isPartial = cell.seeds < most
        cell.isAdjustedSignificant = (tests?.p[row][column] ?? 1) <= 0.05
        return .known(cell)
      }
    }
    if let tests, tests.least <= 0.05 { adjustment = Self.holm }
  }

  private static var holm: String { "exact sign-flip tests over seeds, p ≤ 0.05 after Holm's adjustment for all cells" }
}

extension SweepResults {
  /// What subsets are called.
  package var labels: SubsetLabels { SubsetLabels(units: table.units) }

  /// The first metric of a task.
  func primaryMetric(_ task: String) -> MetricDefinition? { table.metrics[task]?.first }

  fileprivate func isHigherBetter(_ quantity: Quantity, task: String) -> Bool {
    switch quantity {
    case .loss: false
    case .primaryMetric: primaryMetric(task)?.higherIsBetter ?? true
    case .metric(let name): table.metrics[task]?.first { $0.name == name }?.higherIsBetter ?? true
    }
  }

  /// The seeds that a subset was to be trained with; 0 for the base.
  fileprivate func seedCount(_ subset: Subset) -> Int {
    runs.filter { $0.planned.subset == subset && $0.planned.seed != nil }.count
  }
}
