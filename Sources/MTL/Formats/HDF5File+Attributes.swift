import CHDF5

/// The value of an attribute.
public enum HDF5Attribute: Sendable, Hashable {
  /// Text without U+0000.
  case string(String)
  /// A 64-bit integer.
  case int(Int)
  /// A binary64 number.
  case double(Double)

  /// How it is stored.
  public var type: HDF5Type {
    switch self {
    case .string: .string
    case .int: .int64
    case .double: .float64
    }
  }
}

extension HDF5File {
  /// Gives the group or dataset at `path` an attribute.
  ///
  /// - Throws: ``FormatError/unwritable(path:reason:)``, also for a string with U+0000 or of more than 64,000 bytes,
  ///   for which HDF5 has no room beside an object.
  public func setAttribute(_ name: String, _ value: HDF5Attribute, of path: String = "/") throws {
    precondition(isWriting, "\(self.path) is open for reading")
    var byteCount = MemoryLayout<Int64>.size
    if case .string(let text) = value {
      guard !text.utf8.contains(0) else {
        throw FormatError.unwritable(path: self.path, reason: "attribute \(name) of \(path) contains U+0000")
      }
      guard text.utf8.count <= 64_000 else {
        throw FormatError.unwritable(
          path: self.path, reason: "attribute \(name) of \(path) has \(text.utf8.count) bytes, more than 64000")
      }
      byteCount = text.utf8.count + 1
    }
    try HDF5Library.locked {
      guard let object = HDF5Handle(H5Oopen(id, path, 0), { H5Oclose($0) }),
        let properties = HDF5Handle(H5Pcreate(mtl_h5p_attribute_create()), { H5Pclose($0) }),
        H5Pset_char_encoding(properties.id, H5T_CSET_UTF8) >= 0,
        let space = HDF5Handle(H5Screate(H5S_SCALAR), { H5Sclose($0) }),
        let fileType = value.type.fileType(byteCount: byteCount),
        let memoryType = value.type.memoryType(byteCount: byteCount),
        let attribute = HDF5Handle(
          H5Acreate2(object.id, name, fileType.id, space.id, properties.id, 0), { H5Aclose($0) }),
        Self.write(value, to: attribute.id, memoryType.id) >= 0
      else { throw failure("attribute \(name) of \(path)") }
    }
    digest.addAttribute(name, of: path, value)
  }

  private static func write(_ value: HDF5Attribute, to attribute: hid_t, _ type: hid_t) -> herr_t {
    switch value {
    case .string(let text):
      text.withCString { H5Awrite(attribute, type, $0) }
    case .int(let number):
      withUnsafePointer(to: Int64(number)) { H5Awrite(attribute, type, $0) }
    case .double(let number):
      withUnsafePointer(to: number) { H5Awrite(attribute, type, $0) }
    }
  }

  /// The text of an attribute.
  ///
  /// - Throws: ``FormatError/damaged(path:reason:)`` when it is missing or no text.
  public func string(attribute name: String, of path: String = "/") throws -> String {
    guard case .string(let text) = try attribute(name, of: path) else { throw wrongType(name, path, "text") }
    return text
  }

  /// The integer of an attribute.
  ///
  /// - Throws: ``FormatError/damaged(path:reason:)`` when it is missing or no integer.
  public func int(attribute name: String, of path: String = "/") throws -> Int {
    guard case .int(let number) = try attribute(name, of: path) else { throw wrongType(name, path, "an integer") }
    return number
  }

  /// The number of an attribute.
  ///
  /// - Throws: ``FormatError/damaged(path:reason:)`` when it is missing or no binary64.
  public func double(attribute name: String, of path: String = "/") throws -> Double {
    guard case .double(let number) = try attribute(name, of: path) else { throw wrongType(name, path, "a float64") }
    return number
  }

  /// The value of an attribute.
  ///
  /// - Throws: ``FormatError`` when it is missing or of a type not read.
  public func attribute(_ name: String, of path: String = "/") throws -> HDF5Attribute {
    try HDF5Library.locked {
      let object = try openObject(path)
      guard H5Aexists(object.id, name) > 0 else {
        throw FormatError.damaged(path: self.path, reason: "\(path) has no attribute \(name)")
      }
      guard let attribute = HDF5Handle(H5Aopen(object.id, name, 0), { H5Aclose($0) }),
        let type = HDF5Handle(H5Aget_type(attribute.id), { H5Tclose($0) }),
        let space = HDF5Handle(H5Aget_space(attribute.id), { H5Sclose($0) })
      else { throw failure("attribute \(name) of \(path)") }
      guard H5Sget_simple_extent_npoints(space.id) == 1, let kind = HDF5Type(type.id), kind != .float32, kind != .int32
      else { throw FormatError.unsupported(path: self.path, what: "the type of attribute \(name) of \(path)") }
      let byteCount = H5Tget_size(type.id)
      guard isWriting || byteCount <= self.byteCount else {
        throw FormatError.damaged(
          path: self.path, reason: "attribute \(name) of \(path) claims \(byteCount) bytes")
      }
      guard let memoryType = kind.memoryType(byteCount: byteCount) else {
        throw failure("attribute \(name) of \(path)")
      }
      return try read(attribute.id, kind, memoryType.id, byteCount, what: "attribute \(name) of \(path)")
    }
  }

  /// Names of the attributes of the object at `path`, in byte order.
  ///
  /// - Throws: ``FormatError/damaged(path:reason:)`` when there is no such object.
  public func attributeNames(of path: String = "/") throws -> [String] {
    try HDF5Library.locked {
      let object = try openObject(path)
      var names: [String] = []
      var index: hsize_t = 0
      let status = withUnsafeMutablePointer(to: &names) { pointer in
        H5Aiterate2(
          object.id, H5_INDEX_NAME, H5_ITER_NATIVE, &index,
          { _, name, _, names in
            guard let name, let names = names?.assumingMemoryBound(to: [String].self),
              let text = String(validatingCString: name)
            else { return -1 }
            names.pointee.append(text)
            return 0
          }, pointer)
      }
      guard status >= 0 else { throw failure("the attributes of \(path)") }
      return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  private func read(
    _ attribute: hid_t, _ kind: HDF5Type, _ type: hid_t, _ byteCount: Int, what: String
  ) throws -> HDF5Attribute {
    switch kind {
    case .string:
      var bytes = [UInt8](repeating: 0, count: byteCount)
      guard H5Aread(attribute, type, &bytes) >= 0 else { throw failure(what) }
      guard let text = String(zeroPadded: bytes[...]) else {
        throw FormatError.damaged(path: path, reason: "\(what) is not UTF-8")
      }
      return .string(text)
    case .int64, .int32:
      var number: Int64 = 0
      guard H5Aread(attribute, type, &number) >= 0 else { throw failure(what) }
      return .int(Int(number))
    case .float64, .float32:
      var number: Double = 0
      guard H5Aread(attribute, type, &number) >= 0 else { throw failure(what) }
      return .double(number)
    }
  }

  private func wrongType(_ name: String, _ path: String, _ expected: String) -> FormatError {
    .damaged(path: self.path, reason: "attribute \(name) of \(path) is not \(expected)")
  }
}
