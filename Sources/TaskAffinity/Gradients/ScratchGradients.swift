import Foundation

/// Gradients in a scratch file, as bfloat16 rows: 2,000 examples of 921,600 parameters take 3.7 GB of disk, no memory.
///
/// The rounding (2^-9 relative an element, independent) moves an inner product by about 2^-9 / sqrt(parameters).
public struct ScratchGradients: GradientPanels {
  /// What each row is.
  public private(set) var rows: [GradientRow] = []
  /// The number of parameters.
  public let parameterCount: Int
  private let file: FileHandle

  /// Collects the gradients of a source in a file at the path, which is removed from the folder at once: its space
  /// returns when this value goes.
  ///
  /// - Throws: ``AffinityError`` for a gradient of wrong length, and the system's errors of writing.
  public init(_ source: some GradientSource, _ requests: [(GradientScalar, [ExampleKey])], path: String) throws {
    parameterCount = source.parameterBlocks.map(\.range.upperBound).max() ?? 0
    guard FileManager.default.createFile(atPath: path, contents: nil) else {
      throw AffinityError.insufficient(what: "gradients", missing: "a scratch file that can be written at \(path)")
    }
    file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try FileManager.default.removeItem(atPath: path)
    for (scalar, examples) in requests {
      try source.visitGradients(scalar, of: examples) { row, gradient in
        guard gradient.count == parameterCount else {
          throw AffinityError.shapeMismatch(what: "a gradient", expected: parameterCount, found: gradient.count)
        }
        rows.append(row)
        let halves = [UInt16](unsafeUninitializedCapacity: gradient.count) { buffer, count in
          for place in 0..<gradient.count { buffer[place] = bfloat16(gradient[place]) }
          count = gradient.count
        }
        try halves.withUnsafeBytes { try file.write(contentsOf: Data($0)) }
      }
    }
  }

  /// Reads columns row by row.
  public func read(columns: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    var halves = [UInt16](repeating: 0, count: columns.count)
    for row in rows.indices {
      let offset = (row * parameterCount + columns.lowerBound) * 2
      let count = halves.withUnsafeMutableBytes { bytes -> Int in
        pread(file.fileDescriptor, bytes.baseAddress, bytes.count, off_t(offset))
      }
      guard count == columns.count * 2 else {
        throw AffinityError.insufficient(what: "gradients", missing: "bytes of the scratch file (row \(row))")
      }
      for place in 0..<columns.count {
        buffer[row * columns.count + place] = Float(bitPattern: UInt32(halves[place]) << 16)
      }
    }
  }
}

/// The nearest bfloat16, ties to even; not-a-number stays so.
func bfloat16(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}
