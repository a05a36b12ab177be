/// The two factors of one adapted matrix: `W + s B A`.
public struct AdapterTensor: Sendable, Equatable {
  /// A matrix of plain values.
  public struct Factor: Sendable, Equatable {
    /// Its rows.
    public var rows: Int
    /// Its columns.
    public var columns: Int
    /// Row-major, rows * columns of them.
    public var values: [Float]

    /// A factor of these parts.
    public init(rows: Int, columns: Int, values: [Float]) {
      self.rows = rows
      self.columns = columns
      self.values = values
    }
  }

  /// The layer, from 0.
  public var layer: Int
  /// PEFT's name of the matrix: `q_proj`.
  public var module: String
  /// A [R, in].
  public var a: Factor
  /// B [out, R].
  public var b: Factor

  /// A tensor of these parts.
  public init(layer: Int, module: String, a: Factor, b: Factor) {
    self.layer = layer
    self.module = module
    self.a = a
    self.b = b
  }
}

extension Adapter {
  /// A copy of all factors, in the order of the parameters.
  public var tensors: [AdapterTensor] {
    layout.sites.map { site in
      AdapterTensor(
        layer: site.layer, module: site.target.rawValue, a: factor(site.offsetA, site.rank, site.inputWidth),
        b: factor(site.offsetB, site.outputWidth, site.rank))
    }
  }

  private func factor(_ offset: Int, _ rows: Int, _ columns: Int) -> AdapterTensor.Factor {
    let values = UnsafeBufferPointer(start: parameters.pointer + offset, count: rows * columns)
    return AdapterTensor.Factor(rows: rows, columns: columns, values: Array(values))
  }

  /// An adapter of these factors, which must be exactly those that `settings` asks for.
  ///
  /// - Parameters:
  ///   - tensors: In any order.
  ///   - settings: Its settings.
  ///   - configuration: Of the model it is for.
  ///   - path: Where they come from, for errors.
  /// - Throws: ``FormatError/damaged(path:reason:)`` when one is missing, left over or of another shape.
  public convenience init(
    _ tensors: [AdapterTensor], settings: LoRASettings, configuration: ModelConfiguration, path: String
  ) throws {
    let problems = settings.problems
    guard problems.isEmpty else { throw FormatError.damaged(path: path, reason: problems.joined(separator: "; ")) }
    let layout = AdapterLayout(settings, configuration)
    var byName: [String: AdapterTensor] = [:]
    for tensor in tensors {
      guard byName.updateValue(tensor, forKey: "\(tensor.layer).\(tensor.module)") == nil else {
        throw FormatError.damaged(path: path, reason: "it adapts \(tensor.module) of layer \(tensor.layer) twice")
      }
    }
    // All shapes first: the memory taken below is then no more than what was read already.
    let factors = try layout.sites.map { site in
      let name = "\(site.target.rawValue) of layer \(site.layer)"
      guard let tensor = byName.removeValue(forKey: "\(site.layer).\(site.target.rawValue)") else {
        throw FormatError.damaged(path: path, reason: "it has no factors for \(name)")
      }
      try tensor.a.check([site.rank, site.inputWidth], "A of \(name)", path)
      try tensor.b.check([site.outputWidth, site.rank], "B of \(name)", path)
      return tensor
    }
    if let extra = byName.values.min(by: { ($0.layer, $0.module) < ($1.layer, $1.module) }) {
      throw FormatError.damaged(
        path: path,
        reason: "it adapts \(extra.module) of layer \(extra.layer), which its settings and model do not have")
    }
    self.init(layout: layout)
    for (site, tensor) in zip(layout.sites, factors) {
      tensor.a.copy(to: parameters.pointer + site.offsetA)
      tensor.b.copy(to: parameters.pointer + site.offsetB)
    }
  }
}

extension AdapterTensor.Factor {
  func check(_ shape: [Int], _ name: String, _ path: String) throws {
    guard [rows, columns] == shape, values.count == rows * columns else {
      throw FormatError.damaged(path: path, reason: "\(name) has shape \([rows, columns]), not \(shape)")
    }
  }

  func copy(to destination: UnsafeMutablePointer<Float>) {
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { destination.update(from: base, count: source.count) }
    }
  }
}

extension Adapter {
  /// The average of the updates `s B A` of adapters with equal settings, exactly: the factors side by side, of the rank of all
  /// together, with the scale divided by their number.
  ///
  /// - Throws: ``FormatError/damaged(path:reason:)`` for none, or unequal settings.
  public static func average(_ adapters: [Adapter], configuration: ModelConfiguration) throws -> Adapter {
    guard let first = adapters.first, adapters.allSatisfy({ $0.settings == first.settings }) else {
      throw FormatError.damaged(path: "the average of adapters", reason: "they have other settings, or there are none")
    }
    var settings = first.settings
    let count = adapters.count
    settings.rank *= count
    settings.rsLoRA = false
    settings.alpha = Double(first.settings.scale) * Double(first.settings.rank)
    let tensors = first.tensors.indices.map { place -> AdapterTensor in
      let parts = adapters.map { $0.tensors[place] }
      var tensor = parts[0]
      tensor.a = AdapterTensor.Factor(
        rows: settings.rank, columns: tensor.a.columns, values: parts.flatMap(\.a.values))
      let width = first.settings.rank
      tensor.b = AdapterTensor.Factor(
        rows: tensor.b.rows, columns: settings.rank,
        values: (0..<tensor.b.rows).flatMap { row in
          parts.flatMap { $0.b.values[row * width..<(row + 1) * width] }
        })
      return tensor
    }
    return try Adapter(tensors, settings: settings, configuration: configuration, path: "the average of adapters")
  }

  /// An adapter whose updates are these dense matrices, exactly: each beside an identity, at a scale of one.
  ///
  /// - Parameters:
  ///   - updates: One a tensor in the order of ``tensors``, row-major [out, in].
  ///   - template: An adapter of the same matrices.
  ///   - configuration: Of the model it is for.
  /// - Returns: An adapter of the rank of the largest matrix.
  /// - Throws: ``FormatError/damaged(path:reason:)`` for another number of matrices or another size.
  public static func dense(
    _ updates: [[Float]], like template: Adapter, configuration: ModelConfiguration
  ) throws -> Adapter {
    let tensors = template.tensors
    guard updates.count == tensors.count else {
      throw FormatError.damaged(path: "dense updates", reason: "\(updates.count) matrices, not \(tensors.count)")
    }
    var settings = template.settings
    settings.rank = tensors.map { min($0.b.rows, $0.a.columns) }.max() ?? 1
    settings.rsLoRA = false
    settings.alpha = Double(settings.rank)
    let dense = try zip(tensors, updates).map { tensor, update -> AdapterTensor in
      let (output, input) = (tensor.b.rows, tensor.a.columns)
      let whole = AdapterTensor.Factor(rows: output, columns: input, values: update)
      try whole.check([output, input], "the update of \(tensor.module) of layer \(tensor.layer)", "dense updates")
      var result = tensor
      result.a = (output < input ? whole : .identity(input)).padded(rows: settings.rank, columns: input)
      result.b = (output < input ? .identity(output) : whole).padded(rows: output, columns: settings.rank)
      return result
    }
    return try Adapter(dense, settings: settings, configuration: configuration, path: "dense updates")
  }
}

extension AdapterTensor.Factor {
  static func identity(_ size: Int) -> AdapterTensor.Factor {
    var values = [Float](repeating: 0, count: size * size)
    for place in 0..<size { values[place * size + place] = 1 }
    return AdapterTensor.Factor(rows: size, columns: size, values: values)
  }

  /// With rows and columns of zeros at the end.
  func padded(rows newRows: Int, columns newColumns: Int) -> AdapterTensor.Factor {
    if (rows, columns) == (newRows, newColumns) { return self }
    var result = [Float](repeating: 0, count: newRows * newColumns)
    for row in 0..<rows {
      result.replaceSubrange(
        row * newColumns..<row * newColumns + columns, with: values[row * columns..<(row + 1) * columns])
    }
    return AdapterTensor.Factor(rows: newRows, columns: newColumns, values: result)
  }
}
