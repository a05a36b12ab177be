extension SafetensorsFile {
  /// The values of a tensor of any of the types read, row-major, and its shape.
  ///
  /// - Throws: ``FormatError`` when it is missing, of another type, or too large to address.
  public func floats(_ name: String) throws -> (shape: [Int], values: [Float]) {
    let entry = try tensor(name)
    guard let count = elementCount(entry.shape) else {
      throw FormatError.damaged(path: file.path, reason: "tensor \(name) has an impossible shape")
    }
    let values = try StoredTensor(
      TensorEntry(name: name, shape: [1, count], type: entry.type, file: file, byteRange: entry.byteRange),
      rows: 1, columns: count
    ).floats()
    return (entry.shape, values)
  }
}
