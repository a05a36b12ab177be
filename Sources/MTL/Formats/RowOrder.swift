/// Where a file stores the rows of a matrix that the engine counts in Hugging Face order.
public enum RowOrder: Sendable, Hashable {
  /// Row r is stored as row r.
  case identity
  /// Within each head of Dh rows, the rows i and i + Dh/2 that RoPE rotates together are stored as 2i and 2i + 1.
  ///
  /// GGUF files of architecture llama hold Q and K so; blocks never cross rows, so quantised rows move whole.
  case interleavedPairs(headDimension: Int)

  /// The stored index of row `row`.
  @inlinable
  public func storedRow(_ row: Int) -> Int {
    switch self {
    case .identity: return row
    case .interleavedPairs(let headDimension):
      let half = headDimension / 2
      let (head, inHead) = row.quotientAndRemainder(dividingBy: headDimension)
      return head * headDimension + (inHead < half ? 2 * inHead : 2 * (inHead - half) + 1)
    }
  }
}
