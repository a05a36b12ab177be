extension HDF5File {
  /// Reads everything and compares it with the root attribute `content-sha256`.
  ///
  /// - Throws: ``FormatError/damaged(path:reason:)`` when they differ.
  public func verify() throws {
    let expected = try string(attribute: HDF5ContentDigest.attribute)
    var digest = HDF5ContentDigest()
    try add("/", depth: 0, to: &digest)
    guard digest.value == expected else {
      throw FormatError.damaged(path: path, reason: "its content is not what was written (content-sha256)")
    }
  }

  private func add(_ path: String, depth: Int, to digest: inout HDF5ContentDigest) throws {
    // Hard links can form a ring.
    guard depth <= 16 else { throw FormatError.damaged(path: self.path, reason: "\(path) lies too deep") }
    for name in try attributeNames(of: path) {
      digest.addAttribute(name, of: path, try attribute(name, of: path))
    }
    switch try object(at: path) {
    case .group:
      digest.addGroup(path)
      for name in try children(of: path) {
        try add(path == "/" ? "/" + name : path + "/" + name, depth: depth + 1, to: &digest)
      }
    case .dataset(.float32, let shape): try add(path, Float.self, shape, to: &digest)
    case .dataset(.float64, let shape): try add(path, Double.self, shape, to: &digest)
    case .dataset(.int32, let shape): try add(path, Int32.self, shape, to: &digest)
    case .dataset(.int64, let shape): try add(path, Int64.self, shape, to: &digest)
    case .dataset(.string, let shape):
      digest.addDataset(path, shape: shape, strings: try strings(path, shape: shape))
    }
  }

  private func add<T: HDF5Element>(
    _ path: String, _ type: T.Type, _ shape: [Int], to digest: inout HDF5ContentDigest
  ) throws {
    try read(path, as: type, shape: shape).values.withUnsafeBytes {
      digest.addDataset(path, type.hdf5Type, shape: shape, data: $0)
    }
  }
}
