import CHDF5

extension HDF5File {
  /// Writes numbers as a dataset, making the groups above it.
  ///
  /// - Parameters:
  ///   - values: Row-major.
  ///   - shape: One dimension where nil, a single value where empty; its product is the number of values.
  ///   - path: Absolute.
  ///   - compressed: Whether to store it in chunks, shuffled and deflated; worthwhile for repetitive data.
  /// - Throws: ``FormatError/unwritable(path:reason:)``.
  public func write<T: HDF5Element>(
    _ values: [T], shape: [Int]? = nil, to path: String, compressed: Bool = false
  ) throws {
    let shape = shape ?? [values.count]
    precondition(elementCount(shape) == values.count, "\(path): shape and values disagree")
    try values.withUnsafeBytes { bytes in
      try writeDataset(
        path, T.hdf5Type, shape, elementByteCount: MemoryLayout<T>.size, compressed: compressed, bytes.baseAddress)
      digest.addDataset(path, T.hdf5Type, shape: shape, data: bytes)
    }
  }

  /// Writes strings as a dataset of one dimension, making the groups above it.
  ///
  /// - Throws: ``FormatError/unwritable(path:reason:)``, also for a string with U+0000, which HDF5 would cut off there.
  public func write(_ strings: [String], to path: String) throws {
    try writeStrings(strings, shape: [strings.count], to: path)
  }

  /// Writes one string as a dataset without dimensions, making the groups above it.
  ///
  /// - Throws: as ``write(_:to:)``.
  public func write(_ text: String, to path: String) throws {
    try writeStrings([text], shape: [], to: path)
  }

  /// Makes a group and those above it, where they do not exist.
  ///
  /// - Throws: ``FormatError/unwritable(path:reason:)``.
  public func createGroup(_ path: String) throws {
    precondition(isWriting, "\(self.path) is open for reading")
    guard path != "/", !digest.contains(path) else { return }
    try createGroup(parent(of: path))
    try HDF5Library.locked {
      guard let links = linkProperties(),
        let properties = HDF5Handle(H5Pcreate(mtl_h5p_group_create()), { H5Pclose($0) }),
        H5Pset_obj_track_times(properties.id, false) >= 0,
        HDF5Handle(H5Gcreate2(id, path, links.id, properties.id, 0), { H5Gclose($0) }) != nil
      else { throw failure("group \(path)") }
    }
    digest.addGroup(path)
  }

  private func writeStrings(_ strings: [String], shape: [Int], to path: String) throws {
    if strings.contains(where: { $0.utf8.contains(0) }) {
      throw FormatError.unwritable(path: self.path, reason: "a string of \(path) contains U+0000")
    }
    let width = (strings.map(\.utf8.count).max() ?? 0) + 1
    guard let byteCount = elementCount([strings.count, width]), byteCount <= Self.maximumStringBytes else {
      throw FormatError.unwritable(
        path: self.path,
        reason: "\(path) has \(strings.count) strings of up to \(width - 1) bytes, too much to hold at once")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for string in strings {
      bytes += string.utf8
      bytes.append(contentsOf: repeatElement(0, count: width - string.utf8.count))
    }
    try bytes.withUnsafeBytes {
      // Mostly padding where lengths differ, which deflate takes away.
      try writeDataset(path, .string, shape, elementByteCount: width, compressed: !shape.isEmpty, $0.baseAddress)
    }
    digest.addDataset(path, shape: shape, strings: strings)
  }

  private static var maximumStringBytes: Int { 1 << 30 }

  private func writeDataset(
    _ path: String, _ type: HDF5Type, _ shape: [Int], elementByteCount: Int, compressed: Bool,
    _ values: UnsafeRawPointer?
  ) throws {
    try createGroup(parent(of: path))
    try HDF5Library.locked {
      guard let links = linkProperties(), let fileType = type.fileType(byteCount: elementByteCount),
        let memoryType = type.memoryType(byteCount: elementByteCount),
        let space = HDF5Handle(H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil), { H5Sclose($0) }),
        let properties = datasetProperties(type, shape, elementByteCount, compressed: compressed),
        let dataset = HDF5Handle(
          H5Dcreate2(id, path, fileType.id, space.id, links.id, properties.id, 0), { H5Dclose($0) })
      else { throw failure(path) }
      if shape.contains(0) { return }
      guard H5Dwrite(dataset.id, memoryType.id, 0, 0, 0, values) >= 0 else { throw failure(path) }
    }
  }

  private func datasetProperties(
    _ type: HDF5Type, _ shape: [Int], _ elementByteCount: Int, compressed: Bool
  ) -> HDF5Handle? {
    guard let properties = HDF5Handle(H5Pcreate(mtl_h5p_dataset_create()), { H5Pclose($0) }),
      // Without times the same content is the same bytes.
      H5Pset_obj_track_times(properties.id, false) >= 0
    else { return nil }
    let byteCount = shape.reduce(elementByteCount, *)
    // Below a kilobyte the index of the chunks outweighs what deflate saves.
    if compressed, byteCount >= 1024 {
      var chunk = shape
      // Halved from the first dimension on, down to a quarter of HDF5's chunk cache.
      var i = 0
      while i < chunk.count, chunk.reduce(elementByteCount, *) > 1 << 18 {
        if chunk[i] > 1 { chunk[i] = (chunk[i] + 1) / 2 } else { i += 1 }
      }
      guard H5Pset_chunk(properties.id, Int32(chunk.count), chunk.map { hsize_t($0) }) >= 0,
        // Bytes of the same place in numbers are alike, in strings they are not.
        type == .string || H5Pset_shuffle(properties.id) >= 0, H5Pset_deflate(properties.id, 4) >= 0
      else { return nil }
    }
    return properties
  }

  private func linkProperties() -> HDF5Handle? {
    guard let links = HDF5Handle(H5Pcreate(mtl_h5p_link_create()), { H5Pclose($0) }),
      H5Pset_char_encoding(links.id, H5T_CSET_UTF8) >= 0
    else { return nil }
    return links
  }

  private func parent(of path: String) -> String {
    precondition(path.hasPrefix("/") && !path.hasSuffix("/"), "\(path) is not an absolute path")
    let end = path.lastIndex(of: "/") ?? path.startIndex
    return end == path.startIndex ? "/" : String(path[..<end])
  }
}
