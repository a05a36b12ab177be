/// The matrix products done by a worker.
package struct WorkCount: Equatable, Sendable {
  /// Calls of GEMM.
  package var products = 0
  /// Multiply-add operations in them.
  package var multiplyAdds = 0
}

/// The memory of one worker: a stack of matrices that is kept from one micro-batch to the next, so that a training
/// step allocates nothing.
///
/// Used by one thread at a time.
package final class Workspace {
  private var slabs: [FloatBuffer] = []
  private var slab = 0
  private var offset = 0
  private static let slabSize = 1 << 22

  /// What this worker has computed since it was made; tests assert it.
  package private(set) var work = WorkCount()

  package init() {}

  /// ``gemm(_:_:_:_:into:alpha:beta:)``, counted.
  package func gemm(
    _ a: Matrix, _ transposeA: Transposition = .plain, _ b: Matrix, _ transposeB: Transposition = .plain,
    into c: Matrix, alpha: Float = 1, beta: Float = 0
  ) {
    count(multiplyAdds: c.rows * c.columns * (transposeA == .plain ? a.columns : a.rows))
    MTL.gemm(a, transposeA, b, transposeB, into: c, alpha: alpha, beta: beta)
  }

  /// Notes a product of that many multiply-add operations.
  package func count(multiplyAdds: Int) {
    work.products += 1
    work.multiplyAdds += multiplyAdds
  }

  /// A position in the stack, to come back to with ``release(_:)``.
  package struct Mark {
    fileprivate let slab: Int
    fileprivate let offset: Int
  }

  /// The present top of the stack.
  package var mark: Mark { Mark(slab: slab, offset: offset) }

  /// Gives back everything taken since `mark`; matrices taken since then must not be used again.
  package func release(_ mark: Mark) {
    slab = mark.slab
    offset = mark.offset
  }

  /// Runs `body` and gives back what it took.
  package func scoped<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = mark
    defer { release(start) }
    return try body()
  }

  /// A matrix with unspecified contents, 64-byte aligned.
  package func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    let count = (rows * columns + 15) / 16 * 16
    while slab < slabs.count, offset + count > slabs[slab].count {
      slab += 1
      offset = 0
    }
    if slab == slabs.count {
      slabs.append(FloatBuffer(count: max(count, Self.slabSize)))
      offset = 0
    }
    let result = Matrix(slabs[slab].pointer + offset, rows: rows, columns: columns)
    offset += count
    return result
  }

  /// A vector with unspecified contents, 64-byte aligned.
  package func vector(_ count: Int) -> UnsafeMutablePointer<Float> { matrix(1, count).pointer }

  /// Bytes held, used or not.
  package var byteCount: Int { slabs.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }
}
