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
      guard let memoryType = T.hdf5Type.memoryType() else { throw failure(path) }
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
      guard let type = HDF5Type.string.memoryType(), let space = HDF5Handle(H5Dget_space(dataset.id), { H5Sclose($0) })
      else { throw failure(path) }
      // Elements may share one piece of the heap, so a small file could claim any amount of text.
      let bytesLeft = UnsafeMutablePointer<Int>.allocate(capacity: 1)
      bytesLeft.initialize(to: 2 * byteCount + found.count)
      defer { bytesLeft.deallocate() }
      guard let transfer = HDF5Handle(mtl_h5p_bounded_transfer(bytesLeft), { H5Pclose($0) }) else {
        throw failure(path)
      }
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: found.count)
      // Also after a failure, which may leave some strings behind.
      defer { H5Dvlen_reclaim(type.id, space.id, transfer.id, &pointers) }
      guard H5Dread(dataset.id, type.id, 0, 0, transfer.id, &pointers) >= 0 else { throw failure(path) }
      return try pointers.map { pointer in
        guard let pointer else { return "" }
        guard let text = String(validatingCString: pointer) else {
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
