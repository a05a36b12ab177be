import CKernels

extension TensorType {
  /// Calls `body` with the values as a file stores them, rounded to the nearest, ties to even.
  ///
  /// - Precondition: the type is not quantised.
  func withEncoded<R>(_ values: [Float], _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    switch self {
    case .f32: return try values.withUnsafeBytes(body)
    case .bf16:
      let encoded = [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
        values.withUnsafeBufferPointer { source in
          if let from = source.baseAddress, let to = buffer.baseAddress { mtl_f32_to_bf16(from, to, source.count) }
        }
        count = values.count
      }
      return try encoded.withUnsafeBytes(body)
    case .f16: return try values.map { Float16($0) }.withUnsafeBytes(body)
    case .q8_0, .q4_0, .q4_1: preconditionFailure("quantised types are only read")
    }
  }
}
