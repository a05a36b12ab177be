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
