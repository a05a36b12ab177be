import CKernels

/// A matrix as its file stores it, with its rows in Hugging Face order; a vector is one row.
///
/// Keeps the file mapped. Reads nothing until asked.
public struct StoredTensor: Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns, a multiple of the type's block length.
  public let columns: Int
  /// How elements are encoded.
  public let type: TensorType
  /// Where row r is stored; `.identity` but for Q and K of a GGUF file.
  public let rowOrder: RowOrder
  /// Bytes of one row.
  public let rowByteCount: Int
  private let file: MappedFile
  private let storage: UnsafeStorage

  // @unchecked Sendable: bytes of a read-only mapping that `file`, beside it, keeps alive.
  private struct UnsafeStorage: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
  }

  /// The tensor of `entry`, which must hold exactly rows x columns elements.
  ///
  /// - Throws: `FormatError.damaged` on another shape.
  init(_ entry: TensorEntry, rows: Int, columns: Int, rowOrder: RowOrder = .identity) throws {
    let shape = entry.shape.count == 1 ? [1, entry.shape[0]] : entry.shape
    guard shape == [rows, columns], let rowByteCount = entry.type.byteCount(columns: columns),
      rows * rowByteCount == entry.byteRange.count
    else {
      throw FormatError.damaged(
        path: entry.file.path, reason: "tensor \(entry.name) has shape \(entry.shape), not \([rows, columns])")
    }
    self.rows = rows
    self.columns = columns
    self.type = entry.type
    self.rowOrder = rowOrder
    self.rowByteCount = rowByteCount
    self.file = entry.file
    self.storage = UnsafeStorage(bytes: try entry.file.bytes(entry.byteRange))
  }

  /// Bytes of all rows.
  public var byteCount: Int { rows * rowByteCount }

  /// Calls `body` with all rows' bytes in stored order: row r begins at `rowOrder.storedRow(r) * rowByteCount`.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(file) { try body(storage.bytes) }
  }

  /// The encoded bytes of row `row`, valid while this tensor is held.
  public func bytes(ofRow row: Int) -> UnsafeRawBufferPointer {
    precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
    let start = rowOrder.storedRow(row) * rowByteCount
    return UnsafeRawBufferPointer(rebasing: storage.bytes[start..<start + rowByteCount])
  }

  /// Copies the encoded bytes of `range`, in Hugging Face order, to `destination` [range.count * rowByteCount].
  public func copyBytes(rows range: Range<Int>, into destination: UnsafeMutableRawPointer) {
    for (i, row) in range.enumerated() {
      let source = bytes(ofRow: row)
      if let address = source.baseAddress {
        (destination + i * rowByteCount).copyMemory(from: address, byteCount: rowByteCount)
      }
    }
  }

  /// Writes the values of rows `range` to `destination` [range.count, columns], exactly as ggml defines them.
  public func dequantise(rows range: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    withExtendedLifetime(file) {
      guard let base = storage.bytes.baseAddress else { return }
      if case .identity = rowOrder {
        type.dequantise(base + range.lowerBound * rowByteCount, count: range.count * columns, into: destination)
        return
      }
      for (i, row) in range.enumerated() {
        let source = base + rowOrder.storedRow(row) * rowByteCount
        type.dequantise(source, count: columns, into: destination + i * columns)
      }
    }
  }

  /// All values, [rows, columns].
  public func floats() -> [Float] {
    let count = rows * columns
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let address = buffer.baseAddress { dequantise(rows: 0..<rows, into: address) }
      initialized = count
    }
  }
}

extension TensorType {
  /// Writes `count` values, a multiple of the block length, from encoded bytes at any address.
  func dequantise(_ source: UnsafeRawPointer, count: Int, into destination: UnsafeMutablePointer<Float>) {
    switch self {
    case .f32: UnsafeMutableRawPointer(destination).copyMemory(from: source, byteCount: count * 4)
    case .f16: mtl_f16_to_f32(source, destination, count)
    case .bf16: mtl_bf16_to_f32(source, destination, count)
    case .q8_0: mtl_q8_0_to_f32(source, destination, count / 32)
    case .q4_0: mtl_q4_0_to_f32(source, destination, count / 32)
    case .q4_1: mtl_q4_1_to_f32(source, destination, count / 32)
    }
  }
}
