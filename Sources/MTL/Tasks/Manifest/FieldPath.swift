extension DataRow {
  /// The value of a field, or behind a dotted path through objects and lists (`meta.source`, `annotations.0.events`);
  /// `*` stands for every element of a list (`options.*.value`).
  func value(_ path: String) -> FieldValue? {
    if let value = fields[path] { return value }
    var parts = path.split(separator: ".")[...]
    guard let first = parts.popFirst(), var value = fields[String(first)] else { return nil }
    while let part = parts.popFirst() {
      if part == "*" {
        guard case .list(let values) = value else { return nil }
        let rest = parts.joined(separator: ".")
        if rest.isEmpty { return value }
        let found = values.compactMap { DataRow(line: line, fields: ["*": $0]).value("*." + rest) }
        return found.count == values.count ? .list(found) : nil
      }
      switch value {
      case .object(let members): value = members[String(part)] ?? .null
      case .list(let values):
        guard let index = Int(part), values.indices.contains(index) else { return nil }
        value = values[index]
      default: return nil
      }
      if value == .null { return nil }
    }
    return value
  }

  /// The value of a field that has to be there.
  ///
  /// - Throws: ``TaskError/missingField(file:line:field:available:)``.
  func required(_ path: String, file: String) throws(TaskError) -> FieldValue {
    guard let value = value(path) else {
      throw TaskError.missingField(file: file, line: line, field: path, available: fields.keys.sorted())
    }
    return value
  }
}
