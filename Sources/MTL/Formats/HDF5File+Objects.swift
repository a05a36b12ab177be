import CHDF5

/// What stands at a path of an HDF5 file.
public enum HDF5Object: Sendable, Hashable {
  /// A group.
  case group
  /// A dataset, the type of its elements and its dimensions.
  case dataset(HDF5Type, shape: [Int])
}

/// What a dataset holds.
struct HDF5Description {
  let type: HDF5Type
  let shape: [Int]
  /// The product of the shape.
  let count: Int
  let elementByteCount: Int
}

extension HDF5File {
  /// Names in the group at `path`, in byte order.
  ///
  /// - Throws: ``FormatError/damaged(path:reason:)`` when there is no such group.
  public func children(of path: String) throws -> [String] {
    try HDF5Library.locked {
      let group = try openObject(path)
      var information = H5G_info_t()
      guard H5Iget_type(group.id) == H5I_GROUP, H5Gget_info(group.id, &information) >= 0 else {
        throw FormatError.damaged(path: self.path, reason: "\(path) is not a group")
      }
      guard isWriting || information.nlinks <= byteCount else {
        throw FormatError.damaged(path: self.path, reason: "\(path) claims \(information.nlinks) members")
      }
      let names = try (0..<information.nlinks).map { index in
        let length = H5Lget_name_by_idx(group.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, 0)
        guard length > 0, length <= 1 << 16 else { throw failure("a name in \(path)") }
        let bytes = [CChar](unsafeUninitializedCapacity: length + 1) { buffer, count in
          let base = buffer.baseAddress
          count = max(0, H5Lget_name_by_idx(group.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, base, length + 1, 0))
        }
        guard let name = String(validating: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self), !name.isEmpty else {
          throw FormatError.damaged(path: self.path, reason: "a name in \(path) is not UTF-8")
        }
        return name
      }
      return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  /// Whether anything stands at `path`.
  ///
  /// - Throws: ``FormatError`` when a link on the way is not a hard one or cannot be followed.
  public func exists(_ path: String) throws -> Bool {
    try HDF5Library.locked { try resolve(path) }
  }

  /// What stands at `path`.
  ///
  /// - Throws: ``FormatError`` when there is nothing, or what is not read.
  public func object(at path: String) throws -> HDF5Object {
    try HDF5Library.locked {
      let object = try openObject(path)
      switch H5Iget_type(object.id) {
      case H5I_GROUP: return .group
      case H5I_DATASET:
        let found = try describe(object.id, path)
        return .dataset(found.type, shape: found.shape)
      default: throw FormatError.unsupported(path: self.path, what: "the kind of object at \(path)")
      }
    }
  }

  /// Opens the group or dataset at `path`, having followed hard links only.
  func openObject(_ path: String) throws -> HDF5Handle {
    guard try resolve(path) else { throw FormatError.damaged(path: self.path, reason: "it has no \(path)") }
    guard let object = HDF5Handle(H5Oopen(id, path, 0), { H5Oclose($0) }) else { throw failure(path) }
    return object
  }

  func openDataset(_ path: String) throws -> HDF5Handle {
    let object = try openObject(path)
    guard H5Iget_type(object.id) == H5I_DATASET else {
      throw FormatError.damaged(path: self.path, reason: "\(path) is not a dataset")
    }
    return object
  }

  /// Type and shape of a dataset whose storage is read here and holds as much as it claims.
  func describe(_ dataset: hid_t, _ path: String) throws -> HDF5Description {
    guard let datatype = HDF5Handle(H5Dget_type(dataset), { H5Tclose($0) }),
      let space = HDF5Handle(H5Dget_space(dataset), { H5Sclose($0) }),
      let properties = HDF5Handle(H5Dget_create_plist(dataset), { H5Pclose($0) })
    else { throw failure(path) }
    guard let type = HDF5Type(datatype.id) else {
      throw FormatError.unsupported(path: self.path, what: "the element type of \(path)")
    }
    let rank = H5Sget_simple_extent_ndims(space.id)
    guard rank >= 0, rank <= 8, H5Sget_simple_extent_type(space.id) != H5S_NULL else {
      throw FormatError.damaged(path: self.path, reason: "\(path) has an impossible rank")
    }
    var dimensions = [hsize_t](repeating: 0, count: Int(rank))
    guard H5Sget_simple_extent_dims(space.id, &dimensions, nil) == rank else { throw failure(path) }
    let shape = dimensions.compactMap { Int(exactly: $0) }
    let elementByteCount = H5Tget_size(datatype.id)
    guard shape.count == Int(rank), let count = elementCount(shape),
      let byteCount = elementCount(shape + [elementByteCount])
    else {
      throw FormatError.damaged(path: self.path, reason: "\(path) has an impossible shape \(dimensions)")
    }
    if !isWriting, count > 0 { try checkStorage(dataset, properties.id, claiming: byteCount, path) }
    return HDF5Description(type: type, shape: shape, count: count, elementByteCount: elementByteCount)
  }

  private func checkStorage(_ dataset: hid_t, _ properties: hid_t, claiming byteCount: Int, _ path: String) throws {
    guard H5Pget_layout(properties) != H5D_VIRTUAL, H5Pget_external_count(properties) == 0 else {
      throw FormatError.unsupported(path: self.path, what: "storage of \(path) in other files")
    }
    let filterCount = H5Pget_nfilters(properties)
    guard filterCount >= 0 else { throw failure(path) }
    var isDeflated = false
    for i in 0..<UInt32(filterCount) {
      var flags: UInt32 = 0
      var valueCount = 0
      var configuration: UInt32 = 0
      switch H5Pget_filter2(properties, i, &flags, &valueCount, nil, 0, nil, &configuration) {
      case H5Z_FILTER_DEFLATE: isDeflated = true
      case H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32: break
      case let other: throw FormatError.unsupported(path: self.path, what: "filter \(other) of \(path)")
      }
    }
    let stored = H5Dget_storage_size(dataset)
    // Deflate makes at most 1032 bytes of one.
    let most = stored.multipliedReportingOverflow(by: isDeflated ? 1032 : 1)
    guard stored <= self.byteCount, !most.overflow, byteCount <= most.partialValue else {
      throw FormatError.damaged(path: self.path, reason: "\(path) claims \(byteCount) bytes and stores \(stored)")
    }
  }

  /// Whether `path` exists, each link on the way being a hard one.
  private func resolve(_ path: String) throws -> Bool {
    precondition(path.hasPrefix("/"), "\(path) is not an absolute path")
    guard !path.utf8.contains(0) else { return false }
    var prefix = ""
    for name in path.split(separator: "/") {
      prefix += "/" + name
      if hardLinks.contains(prefix) { continue }
      guard H5Lexists(id, prefix, 0) > 0 else { return false }
      guard mtl_h5l_is_hard(id, prefix) == 1 else {
        throw FormatError.unsupported(path: self.path, what: "the soft or external link \(prefix)")
      }
      hardLinks.insert(prefix)
    }
    return true
  }
}
