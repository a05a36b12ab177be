/// How "training on j changes i" is read off the subsets.
public enum AffinityKind: String, Codable, Sendable, CaseIterable {
  /// Gain over the base of i after training on j alone.
  case zeroShot = "zero-shot"
  /// Gain of i at {i, j} over i alone.
  case pairwise
  /// Gain of i at all units over all units but j.
  case leaveOneOut = "leave-one-out"
  /// Mean score of i over the subsets that hold i and j, less the mean over all j.
  case higherOrder = "higher-order"
  /// Ridge coefficient of j's presence in the score of i, over the subsets that hold i.
  case surrogate

  /// The words for a header.
  public var title: String {
    switch self {
    case .zeroShot: "zero-shot transfer: gain of the column over the base, trained on the row alone"
    case .pairwise: "pairwise affinity: gain of the column over training alone, when the row is added"
    case .leaveOneOut: "leave-one-out: gain of the column from having the row among all"
    case .higherOrder: "higher-order affinity: mean gain of the column over subsets with the row, centred"
    case .surrogate: "linear surrogate: ridge coefficient of the row's presence on the column"
    }
  }
}

/// Unit x unit (or unit x task): how training on the row changes the column; positive helps.
public struct AffinityMatrix: Codable, Sendable {
  /// How affinity is defined.
  public let kind: AffinityKind
  /// What is scored.
  public let quantity: Quantity
  /// The question the runs answer.
  public let estimand: Estimand
  /// What columns are.
  public let level: MatrixLevel
  /// The confidence level of every interval.
  public let confidence: Double
  /// What is trained on.
  public let rows: [String]
  /// What is changed by it.
  public let columns: [String]
  /// [rows][columns]; nil where it is undefined (a unit on itself) or a run is missing.
  public let cells: [[Gain?]]
  /// The declared runs that are missing.
  public let missing: [MissingCell]

  /// A matrix of known cells, [rows][columns].
  public init(
    kind: AffinityKind, quantity: Quantity, estimand: Estimand, level: MatrixLevel, confidence: Double, rows: [String],
    columns: [String], cells: [[Gain?]], missing: [MissingCell] = []
  ) {
    self.kind = kind
    self.quantity = quantity
    self.estimand = estimand
    self.level = level
    self.confidence = confidence
    self.rows = rows
    self.columns = columns
    self.cells = cells
    self.missing = missing
  }

  /// The cell of a row and a column, nil when it is unknown or not there.
  public subscript(row: String, column: String) -> Gain? {
    guard let i = rows.firstIndex(of: row), let j = columns.firstIndex(of: column) else { return nil }
    return cells[i][j]
  }

  /// The absolute point estimates, [rows][columns], nil where unknown.
  public var values: [[Double?]] { cells.map { $0.map { $0?.absolute.value } } }
}
