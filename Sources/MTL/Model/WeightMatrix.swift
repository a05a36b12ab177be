import CKernels

/// How the frozen base is held in memory.
public enum BaseStorage: String, Codable, Sendable, CaseIterable {
  /// Single precision: fastest, four bytes a weight.
  case fp32
  /// Rounded to bfloat16, two bytes a weight; expanded panel by panel before each product.
  case bf16
  /// As in the file, quantised blocks included; expanded panel by panel before each product.
  case asStored = "as-stored"
}

/// A frozen matrix [out, in] of the base, in one of the storages.
///
/// Whatever the storage, products are done over the same panels of rows, so that a compact storage gives exactly
/// the result of single precision with the same values.
package final class WeightMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  private let contents: Contents
  private let compute: BaseCompute
  private let isNative: Bool

  private enum Contents: Sendable {
    case fp32(FloatBuffer)
    case bf16(BFloat16Buffer)
    case stored([StoredTensor])
  }

  /// Floats in a panel: 16 MiB, small beside a model, large beside the cost of starting a product.
  private static let panelSize = 1 << 22
  private var panelRows: Int { max(64, Self.panelSize / max(columns, 1) / 64 * 64) }

  /// The matrices of `parts` one under another, which have the same number of columns.
  ///
  /// Without `native` products in bfloat16 are computed from rounded factors in single precision, as on a CPU that has
  /// no instruction for them.
  package init(
    _ parts: [StoredTensor], storage: BaseStorage, compute: BaseCompute = .fp32, native: Bool = BaseCompute.isNative
  ) {
    self.compute = compute
    isNative = native && BaseCompute.isNative
    rows = parts.reduce(0) { $0 + $1.rows }
    columns = parts.first?.columns ?? 0
    precondition(parts.allSatisfy { [columns] in $0.columns == columns })
    switch storage {
    case .asStored: contents = .stored(parts)
    case .fp32:
      let buffer = FloatBuffer(count: rows * columns)
      Self.expand(parts, rows: 0..<rows, into: buffer.pointer)
      contents = .fp32(buffer)
    case .bf16:
      let buffer = BFloat16Buffer(count: rows * columns)
      let row = FloatBuffer(count: columns)
      for i in 0..<rows {
        Self.expand(parts, rows: i..<i + 1, into: row.pointer)
        mtl_f32_to_bf16(row.pointer, buffer.pointer + i * columns, columns)
      }
      contents = .bf16(buffer)
    }
  }

  private static func expand(_ parts: [StoredTensor], rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    var first = 0
    var destination = destination
    for part in parts {
      let range = (rows.lowerBound - first..<rows.upperBound - first).clamped(to: 0..<part.rows)
      part.dequantise(rows: range, into: destination)
      destination += range.count * part.columns
      first += part.rows
    }
  }

  /// Writes rows `range` to `destination` [range.count, columns].
  package func expand(_ range: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    switch contents {
    case .fp32(let buffer):
      destination.update(from: buffer.pointer + range.lowerBound * columns, count: range.count * columns)
    case .bf16(let buffer):
      mtl_bf16_to_f32(buffer.pointer + range.lowerBound * columns, destination, range.count * columns)
    case .stored(let parts): Self.expand(parts, rows: range, into: destination)
    }
  }

  /// Calls `body` with the rows of `range`, a panel at a time; single precision is used where it lies.
  private func forEachPanel(
    _ range: Range<Int>, of size: Int, _ workspace: Workspace, _ body: (Range<Int>, Matrix) -> Void
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let panel = first..<min(first + size, range.upperBound)
      if case .fp32(let buffer) = contents {
        body(panel, buffer.matrix(offset: panel.lowerBound * columns, rows: panel.count, columns: columns))
      } else {
        workspace.scoped {
          let expanded = workspace.matrix(panel.count, columns)
          expand(panel, into: expanded.pointer)
          body(panel, expanded)
        }
      }
    }
  }

  /// `y = x W^T + beta y` for the rows `range` of W (all of them unless given). x [T, in], y [T, range.count].
  package func forward(
    _ x: Matrix, rows range: Range<Int>? = nil, into y: Matrix, beta: Float = 0, _ workspace: Workspace
  ) {
    let range = range ?? 0..<rows
    precondition(y.columns == range.count)
    if multiplyInPlace(x, .transposed, rows: range, into: y, beta: beta, workspace) { return }
    forEachPanel(range, of: panelRows, workspace) { panel, weights in
      let first = panel.lowerBound - range.lowerBound
      workspace.multiply(
        x, weights, .transposed, in: compute, native: isNative, into: y.columns(first..<first + panel.count), beta: beta
      )
    }
  }

  /// `dx = dy W + beta dx` for the rows `range` of W. dy [T, range.count], dx [T, in].
  package func backward(
    _ dy: Matrix, rows range: Range<Int>? = nil, into dx: Matrix, beta: Float = 0, _ workspace: Workspace
  ) {
    let range = range ?? 0..<rows
    precondition(dy.columns == range.count)
    if multiplyInPlace(dy, .plain, rows: range, into: dx, beta: beta, workspace) { return }
    var beta = beta
    forEachPanel(range, of: panelRows, workspace) { panel, weights in
      let first = panel.lowerBound - range.lowerBound
      workspace.multiply(
        dy.columns(first..<first + panel.count), weights, .plain, in: compute, native: isNative, into: dx, beta: beta)
      beta = 1
    }
  }

  /// Bfloat16 products read bfloat16 weights where they lie, without expanding them; whether that was done.
  private func multiplyInPlace(
    _ a: Matrix, _ transposition: Transposition, rows range: Range<Int>, into c: Matrix, beta: Float,
    _ workspace: Workspace
  ) -> Bool {
    guard compute == .bf16, isNative, case .bf16(let buffer) = contents else { return false }
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    workspace.multiply(
      a, weights: .bf16(buffer.pointer + range.lowerBound * columns), rows: range.count, columns: columns,
      transposition, into: c, beta: beta)
    return true
  }

  /// `y = x W^T + beta y` for a few rows of x, reading W once: the product of decoding. Rows `range` of W only.
  package func decode(_ x: Matrix, rows range: Range<Int>, into y: Matrix, beta: Float = 0, _ workspace: Workspace) {
    precondition(y.columns == range.count && x.columns == columns && x.rows == y.rows)
    if compute == .bf16, !isNative {
      multiplyRounded(x, rows: range, into: y, beta: beta, workspace)
      return
    }
    if case .bf16(let buffer) = contents {
      precondition(range.lowerBound >= 0 && range.upperBound <= rows)
      let weights = UnsafePointer(buffer.pointer + range.lowerBound * columns)
      if compute == .bf16 {
        workspace.skinnyProduct(x, weights: .bf16(weights), into: y, beta: beta)
      } else {
        mtl_skinny_product_bf16_weights(
          x.pointer, x.stride, weights, y.pointer, y.stride, x.rows, range.count, columns, 1, beta)
      }
      return
    }
    // 64 rows of a quantised storage stay in the second-level cache between expansion and use.
    let size: Int
    if case .fp32 = contents { size = panelRows } else { size = 64 }
    forEachPanel(range, of: size, workspace) { panel, weights in
      let first = panel.lowerBound - range.lowerBound
      let part = y.columns(first..<first + panel.count)
      if compute == .bf16 {
        workspace.skinnyProduct(x, weights: .fp32(weights.pointer), into: part, beta: beta)
      } else {
        skinnyProduct(x, weights, into: part, beta: beta)
      }
    }
  }

  /// The product of decoding with both factors rounded to bfloat16, where the CPU has no instruction for it.
  private func multiplyRounded(
    _ x: Matrix, rows range: Range<Int>, into y: Matrix, beta: Float, _ workspace: Workspace
  ) {
    workspace.scoped {
      let rounded = workspace.rounded(x)
      forEachPanel(range, of: 64, workspace) { panel, weights in
        workspace.scoped {
          let first = panel.lowerBound - range.lowerBound
          skinnyProduct(rounded, workspace.rounded(weights), into: y.columns(first..<first + panel.count), beta: beta)
        }
      }
    }
  }

  /// Bytes held in memory (a mapped file not counted).
  package var byteCount: Int {
    switch contents {
    case .fp32(let buffer): buffer.count * 4
    case .bf16(let buffer): buffer.count * 2
    case .stored: 0
    }
  }
}

/// An array of bfloat16 values that never moves; written once, then only read.
package final class BFloat16Buffer: @unchecked Sendable {
  package let count: Int
  package let pointer: UnsafeMutablePointer<UInt16>
  package init(count: Int) {
    self.count = count
    pointer = AlignedMemory.allocate(count)
    pointer.initialize(repeating: 0, count: max(count, 1))
  }
  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
