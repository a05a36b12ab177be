/// Per-example gradients, kept somewhere, read by ranges of columns.
///
/// Conformers: ``MemoryGradients``, ``ScratchGradients``, and whatever cache a caller keeps.
public protocol GradientPanels {
  /// What each row is.
  var rows: [GradientRow] { get }
  /// The number of parameters, that is columns.
  var parameterCount: Int { get }
  /// The columns of all rows, row-major [rows, columns.count], written over the whole buffer.
  func read(columns: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws
}

extension GradientPanels {
  /// Reads panel after panel: the columns, and [rows, columns.count] numbers.
  public func forEachPanel(width: Int = 4_096, _ body: (Range<Int>, [Float]) throws -> Void) throws {
    var start = 0
    while start < parameterCount {
      let columns = start..<min(start + max(width, 1), parameterCount)
      try body(columns, try panel(columns))
      start = columns.upperBound
    }
  }

  /// One panel, [rows, columns.count].
  public func panel(_ columns: Range<Int>) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: rows.count * columns.count) { buffer, count in
      try read(columns: columns, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(rows.count * columns.count)]))
      count = rows.count * columns.count
    }
  }

  /// sum over rows of coefficient times gradient: a displacement of the adapter, [parameters].
  public func combination(_ coefficients: [Double]) throws -> [Float] {
    guard coefficients.count == rows.count else {
      throw AffinityError.shapeMismatch(
        what: "a combination of gradients", expected: rows.count, found: coefficients.count)
    }
    var result: [Float] = []
    result.reserveCapacity(parameterCount)
    let weights = coefficients.map(Float.init)
    try forEachPanel { columns, panel in
      result += multiply(weights, panel, m: 1, k: rows.count, n: columns.count)
    }
    return result
  }
}

/// Gradients in memory, for small adapters and tests.
public struct MemoryGradients: GradientPanels, Sendable {
  /// What each row is.
  public private(set) var rows: [GradientRow] = []
  /// The number of parameters.
  public let parameterCount: Int
  private var values: [Float] = []

  /// Collects the gradients of a source, scalar by scalar.
  public init(_ source: some GradientSource, _ requests: [(GradientScalar, [ExampleKey])]) throws {
    parameterCount = source.parameterBlocks.map(\.range.upperBound).max() ?? 0
    for (scalar, examples) in requests {
      try source.visitGradients(scalar, of: examples) { row, gradient in
        guard gradient.count == parameterCount else {
          throw AffinityError.shapeMismatch(what: "a gradient", expected: parameterCount, found: gradient.count)
        }
        rows.append(row)
        values += gradient
      }
    }
  }

  /// Copies columns.
  public func read(columns: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    for row in rows.indices {
      let start = row * parameterCount + columns.lowerBound
      _ = UnsafeMutableBufferPointer(rebasing: buffer[(row * columns.count)...])
        .update(fromContentsOf: values[start..<(start + columns.count)])
    }
  }
}

/// The rows of several sets of gradients, one after another.
public struct JoinedGradients: GradientPanels {
  private let parts: [any GradientPanels]
  /// The rows of the first part, then those of the next.
  public let rows: [GradientRow]
  /// The number of parameters.
  public let parameterCount: Int

  /// Joins sets over the same parameters.
  ///
  /// - Throws: ``AffinityError`` when they differ in parameters, or there are none.
  public init(_ parts: [any GradientPanels]) throws {
    guard let first = parts.first else {
      throw AffinityError.insufficient(what: "gradients", missing: "any set of them")
    }
    for part in parts where part.parameterCount != first.parameterCount {
      throw AffinityError.shapeMismatch(
        what: "gradients to join", expected: first.parameterCount, found: part.parameterCount)
    }
    self.parts = parts
    rows = parts.flatMap(\.rows)
    parameterCount = first.parameterCount
  }

  /// Reads part after part.
  public func read(columns: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    var start = 0
    for part in parts {
      let count = part.rows.count * columns.count
      try part.read(
        columns: columns, into: UnsafeMutableBufferPointer(rebasing: buffer[start..<start + count]))
      start += count
    }
  }
}
