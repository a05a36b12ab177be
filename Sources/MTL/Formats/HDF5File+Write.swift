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
      try writeDataset(path, T.hdf5Type, shape, compressed: compressed, bytes.baseAddress)
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
    // One block for all of them, so that the pointers stay valid during the call.
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
      offsets.append(bytes.count)
      bytes += string.utf8.map(CChar.init(bitPattern:)) + [0]
    }
    try bytes.withUnsafeBufferPointer { block in
      let pointers = offsets.map { offset in block.baseAddress.map { $0 + offset } }
      try pointers.withUnsafeBytes { try writeDataset(path, .string, shape, compressed: false, $0.baseAddress) }
    }
    digest.addDataset(path, shape: shape, strings: strings)
  }

  private func writeDataset(
    _ path: String, _ type: HDF5Type, _ shape: [Int], compressed: Bool, _ values: UnsafeRawPointer?
  ) throws {
    try createGroup(parent(of: path))
    try HDF5Library.locked {
      guard let links = linkProperties(), let fileType = type.fileType(), let memoryType = type.memoryType(),
        let space = HDF5Handle(H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil), { H5Sclose($0) }),
        let properties = datasetProperties(type, shape, compressed: compressed),
        let dataset = HDF5Handle(
          H5Dcreate2(id, path, fileType.id, space.id, links.id, properties.id, 0), { H5Dclose($0) })
      else { throw failure(path) }
      if shape.contains(0) { return }
      guard H5Dwrite(dataset.id, memoryType.id, 0, 0, 0, values) >= 0 else { throw failure(path) }
    }
  }

  private func datasetProperties(_ type: HDF5Type, _ shape: [Int], compressed: Bool) -> HDF5Handle? {
    guard let properties = HDF5Handle(H5Pcreate(mtl_h5p_dataset_create()), { H5Pclose($0) }),
      // Without times the same content is the same bytes.
      H5Pset_obj_track_times(properties.id, false) >= 0
    else { return nil }
    let byteCount = shape.reduce(type.byteCount, *)
    // Below a kilobyte the index of the chunks outweighs what deflate saves.
    if compressed, byteCount >= 1024 {
      var chunk = shape
      // Halved from the first dimension on, down to a quarter of HDF5's chunk cache.
      var i = 0
      while chunk.reduce(type.byteCount, *) > 1 << 18 {
        if chunk[i] > 1 { chunk[i] = (chunk[i] + 1) / 2 } else { i += 1 }
      }
      guard H5Pset_chunk(properties.id, Int32(chunk.count), chunk.map { hsize_t($0) }) >= 0,
        H5Pset_shuffle(properties.id) >= 0, H5Pset_deflate(properties.id, 4) >= 0
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
