import CHDF5

/// The numbers of a dataset.
public struct HDF5Array<Element: HDF5Element>: Sendable {
  /// Its dimensions.
  public let shape: [Int]
  /// Its values, row-major.
  public let values: [Element]
}

extension HDF5File {
  /// The numbers of a dataset.
  ///
  /// - Parameters:
  ///   - path: Absolute.
  ///   - type: What they must be; nothing is converted.
  ///   - shape: What its dimensions must be, nil for any length; nil for any shape.
  /// - Returns: Its shape and values.
  /// - Throws: ``FormatError/damaged(path:reason:)`` when it is missing, of another type or shape, or claims more than
  ///   its bytes can hold; ``FormatError/unsupported(path:what:)`` for storage that is not read.
  public func read<T: HDF5Element>(_ path: String, as type: T.Type = T.self, shape: [Int?]? = nil) throws -> HDF5Array<
    T
  > {
    try HDF5Library.locked {
      let dataset = try openDataset(path)
      let found = try describe(dataset.id, path)
      guard found.type == T.hdf5Type else {
        throw FormatError.damaged(
          path: self.path, reason: "\(path) is \(found.type.rawValue), not \(T.hdf5Type.rawValue)")
      }
      try check(found.shape, against: shape, path)
      guard found.count > 0 else { return HDF5Array(shape: found.shape, values: []) }
      guard let memoryType = T.hdf5Type.memoryType(byteCount: found.elementByteCount) else { throw failure(path) }
      let values = try [T](unsafeUninitializedCapacity: found.count) { buffer, initialized in
        guard H5Dread(dataset.id, memoryType.id, 0, 0, 0, buffer.baseAddress) >= 0 else { throw failure(path) }
        initialized = found.count
      }
      return HDF5Array(shape: found.shape, values: values)
    }
  }

  /// The strings of a dataset of one dimension.
  ///
  /// - Parameters:
  ///   - path: Absolute.
  ///   - count: How many there must be; nil for any number.
  /// - Returns: The strings.
  /// - Throws: as ``read(_:as:shape:)``.
  public func readStrings(_ path: String, count: Int? = nil) throws -> [String] {
    try strings(path, shape: [count])
  }

  /// The string of a dataset without dimensions.
  ///
  /// - Throws: as ``read(_:as:shape:)``.
  public func readText(_ path: String) throws -> String {
    try strings(path, shape: []).first ?? ""
  }

  func strings(_ path: String, shape: [Int?]?) throws -> [String] {
    try HDF5Library.locked {
      let dataset = try openDataset(path)
      let found = try describe(dataset.id, path)
      guard found.type == .string else {
        throw FormatError.damaged(path: self.path, reason: "\(path) is \(found.type.rawValue), not string")
      }
      try check(found.shape, against: shape, path)
      guard found.count > 0 else { return [] }
      let width = found.elementByteCount
      guard let type = HDF5Type.string.memoryType(byteCount: width) else { throw failure(path) }
      let bytes = try [UInt8](unsafeUninitializedCapacity: found.count * width) { buffer, initialized in
        guard H5Dread(dataset.id, type.id, 0, 0, 0, buffer.baseAddress) >= 0 else { throw failure(path) }
        initialized = found.count * width
      }
      return try (0..<found.count).map { i in
        guard let text = String(zeroPadded: bytes[i * width..<(i + 1) * width]) else {
          throw FormatError.damaged(path: self.path, reason: "\(path) is not UTF-8")
        }
        return text
      }
    }
  }

  private func check(_ shape: [Int], against expected: [Int?]?, _ path: String) throws {
    guard let expected else { return }
    let matches = shape.count == expected.count && zip(shape, expected).allSatisfy { $1 == nil || $0 == $1 }
    guard matches else {
      let words = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      throw FormatError.damaged(path: self.path, reason: "\(path) has shape \(shape), not [\(words)]")
    }
  }
}

extension String {
  /// The text before the first zero, nil when it is not UTF-8.
  init?(zeroPadded bytes: ArraySlice<UInt8>) {
    self.init(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
