import CKernels
import COpenBLAS

/// A row-major matrix of floats in memory that somebody else owns: a pointer that knows its shape.
///
/// Views are made by a ``Workspace`` or a ``FloatBuffer`` and are valid as long as what they were made from.
package struct Matrix {
  package let pointer: UnsafeMutablePointer<Float>
  package let rows: Int
  package let columns: Int
  /// Distance between two rows, in elements.
  package let stride: Int

  package init(_ pointer: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.pointer = pointer
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
    precondition(rows >= 0 && columns >= 0 && self.stride >= columns)
  }

  /// Whether the rows follow one another without a gap.
  package var isContiguous: Bool { stride == columns || rows <= 1 }

  /// Rows `range`.
  package func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    return Matrix(pointer + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// Columns `range`, over the same memory.
  package func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns)
    return Matrix(pointer + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// The element at row `i`, column `j`.
  package subscript(i: Int, j: Int) -> Float {
    get {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns)
      return pointer[i * stride + j]
    }
    nonmutating set {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns)
      pointer[i * stride + j] = newValue
    }
  }

  /// Sets every element to zero.
  package func clear() {
    for i in 0..<rows { (pointer + i * stride).update(repeating: 0, count: columns) }
  }

  /// Copies all of `other`, which has the same shape.
  package func copy(from other: Matrix) {
    precondition(other.rows == rows && other.columns == columns)
    if isContiguous && other.isContiguous {
      pointer.update(from: other.pointer, count: rows * columns)
    } else {
      for i in 0..<rows { (pointer + i * stride).update(from: other.pointer + i * other.stride, count: columns) }
    }
  }

  /// Row `i` becomes row `indices[i]` of `other`.
  package func gather(_ indices: [Int], from other: Matrix) {
    precondition(indices.count == rows && other.columns == columns)
    for (i, index) in indices.enumerated() {
      precondition(index >= 0 && index < other.rows)
      (pointer + i * stride).update(from: other.pointer + index * other.stride, count: columns)
    }
  }

  /// Adds row i of `other` to row `indices[i]`.
  package func scatterAdd(_ other: Matrix, to indices: [Int]) {
    precondition(indices.count == other.rows && other.columns == columns)
    for (i, index) in indices.enumerated() {
      precondition(index >= 0 && index < rows)
      mtl_add(pointer + index * stride, other.pointer + i * other.stride, columns)
    }
  }

  /// The elements, row after row.
  package var elements: [Float] {
    (0..<rows).flatMap { i in (0..<columns).map { self[i, $0] } }
  }
}

/// Whether a factor of a product is used as it is or transposed.
package enum Transposition {
  case plain, transposed
  var cblas: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }
}

/// `c = alpha op(a) op(b) + beta c`, by single-precision GEMM on the calling thread.
///
/// Shapes: `op(a)` [m, k], `op(b)` [k, n], `c` [m, n].
package func gemm(
  _ a: Matrix, _ transposeA: Transposition = .plain, _ b: Matrix, _ transposeB: Transposition = .plain,
  into c: Matrix, alpha: Float = 1, beta: Float = 0
) {
  let (m, k) = transposeA == .plain ? (a.rows, a.columns) : (a.columns, a.rows)
  let (kb, n) = transposeB == .plain ? (b.rows, b.columns) : (b.columns, b.rows)
  precondition(
    k == kb && c.rows == m && c.columns == n, "gemm shapes [\(m), \(k)] [\(kb), \(n)] -> [\(c.rows), \(c.columns)]")
  if m == 0 || n == 0 { return }
  cblas_sgemm(
    CblasRowMajor, transposeA.cblas, transposeB.cblas, blasint(m), blasint(n), blasint(k), alpha, a.pointer,
    blasint(max(a.stride, 1)), b.pointer, blasint(max(b.stride, 1)), beta, c.pointer, blasint(max(c.stride, 1)))
}

/// `c = alpha a b^T + beta c` for a few rows of `a` [m, k], reading the contiguous `b` [n, k] once; c [m, n].
///
/// A row of the result does not depend on how many rows there are.
package func skinnyProduct(_ a: Matrix, _ b: Matrix, into c: Matrix, alpha: Float = 1, beta: Float = 0) {
  precondition(a.columns == b.columns && c.rows == a.rows && c.columns == b.rows && b.isContiguous)
  mtl_skinny_product(a.pointer, a.stride, b.pointer, c.pointer, c.stride, a.rows, b.rows, a.columns, alpha, beta)
}
