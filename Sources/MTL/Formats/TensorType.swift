/// How the elements of a stored tensor are encoded.
///
/// Quantised types hold blocks of 32 consecutive elements of a row, as ggml lays them out.
public enum TensorType: String, Sendable, Codable, CaseIterable, Hashable {
  /// IEEE binary32.
  case f32
  /// IEEE binary16.
  case f16
  /// The upper half of a binary32.
  case bf16
  /// fp16 d, 32 x int8 q; the value is d * q.
  case q8_0
  /// fp16 d, 32 x 4 bits q; the value is d * (q - 8).
  case q4_0
  /// fp16 d, fp16 m, 32 x 4 bits q; the value is d * q + m.
  case q4_1

  /// Elements in a block: 1 for the unquantised types.
  public var blockLength: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8_0, .q4_0, .q4_1: 32
    }
  }

  /// Bytes in a block.
  public var blockByteCount: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: 34
    case .q4_0: 18
    case .q4_1: 20
    }
  }

  /// Bytes of a row of `columns` elements, or nil when the row does not end at a block's end or overflows.
  public func byteCount(columns: Int) -> Int? {
    guard columns >= 0, columns % blockLength == 0 else { return nil }
    let (bytes, overflow) = (columns / blockLength).multipliedReportingOverflow(by: blockByteCount)
    return overflow ? nil : bytes
  }
}

/// A tensor in a file's directory: its row-major shape and where its bytes are, both already checked.
public struct TensorEntry: Sendable {
  /// The name the file gives it.
  public let name: String
  /// Outermost dimension first, so a matrix is [rows, columns].
  public let shape: [Int]
  /// How its elements are encoded.
  public let type: TensorType
  /// The file that holds it.
  public let file: MappedFile
  /// Where in that file; as long as the shape and the type say.
  public let byteRange: Range<Int>
}

/// The product of `shape`, or nil when a dimension is negative or the product overflows.
func elementCount(_ shape: [Int]) -> Int? {
  var product = 1
  for dimension in shape {
    guard dimension >= 0 else { return nil }
    let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
    guard !overflow else { return nil }
    product = next
  }
  return product
}
