/// A fixed-size, 64-byte aligned array of floats that never moves.
///
/// Sendable because what is shared between threads is either never written after it was filled (weights) or
/// written by one thread at a time in disjoint ranges (gradients, parameters during an update).
package final class FloatBuffer: @unchecked Sendable {
  package let count: Int
  package let pointer: UnsafeMutablePointer<Float>

  /// `count` zeros.
  package init(count: Int) {
    precondition(count >= 0)
    self.count = count
    pointer = AlignedMemory.allocate(count)
    pointer.initialize(repeating: 0, count: count)
  }

  /// A copy of `values`.
  package convenience init(_ values: [Float]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: values.count) }
    }
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// A matrix over elements `offset ..< offset + rows * columns`.
  package func matrix(offset: Int = 0, rows: Int, columns: Int) -> Matrix {
    precondition(offset >= 0 && rows >= 0 && columns >= 0 && offset + rows * columns <= count)
    return Matrix(pointer + offset, rows: rows, columns: columns)
  }

  /// The elements as an array.
  package var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// Replaces all elements; `values` has as many.
  package func assign(_ values: [Float]) {
    precondition(values.count == count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  /// Sets all elements to zero.
  package func clear() { pointer.update(repeating: 0, count: count) }
}
