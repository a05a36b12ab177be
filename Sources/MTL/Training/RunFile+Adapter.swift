import Foundation

extension RunFile {
  static func writeAdapter(_ record: RunRecord, to file: HDF5File) throws {
    let lora = record.lora
    try file.createGroup("/adapter")
    try file.setAttribute("rank", .int(lora.rank), of: "/adapter")
    try file.setAttribute("alpha", .double(lora.alpha), of: "/adapter")
    try file.setAttribute("dropout", .double(lora.dropout), of: "/adapter")
    try file.setAttribute("rslora", .int(lora.rsLoRA ? 1 : 0), of: "/adapter")
    try file.setAttribute("scale", .double(Double(lora.scale)), of: "/adapter")
    try file.setAttribute("targets", .string(lora.targets.map(\.rawValue).joined(separator: ",")), of: "/adapter")
    let top: Int = if case .top(let count) = lora.layers { count } else { 0 }
    try file.setAttribute("top-layers", .int(top), of: "/adapter")
    for tensor in record.adapterTensors {
      let group = "/adapter/\(tensor.layer)/\(LinkName.encode(tensor.module))"
      for (name, factor) in [("A", tensor.a), ("B", tensor.b)] {
        guard factor.values.count == factor.rows * factor.columns else {
          throw FormatError.unwritable(path: file.path, reason: "\(group)/\(name) has another size than it says")
        }
        try file.write(factor.values, shape: [factor.rows, factor.columns], to: "\(group)/\(name)")
      }
    }
  }

  static func readLoRA(_ file: HDF5File) throws -> LoRASettings {
    let group = "/adapter"
    let targets = try file.string(attribute: "targets", of: group).split(separator: ",").map { name in
      guard let target = LoRATarget(rawValue: String(name)) else {
        throw FormatError.damaged(path: file.path, reason: "it adapts an unknown matrix \(name)")
      }
      return target
    }
    let top = try file.int(attribute: "top-layers", of: group)
    return LoRASettings(
      rank: try file.int(attribute: "rank", of: group), alpha: try file.double(attribute: "alpha", of: group),
      dropout: try file.double(attribute: "dropout", of: group),
      rsLoRA: try file.int(attribute: "rslora", of: group) != 0, targets: targets, layers: top == 0 ? .all : .top(top))
  }

  /// The factors, layer by layer, the modules in the order of ``LoRATarget``.
  static func readTensors(_ file: HDF5File) throws -> [AdapterTensor] {
    let layers = try file.children(of: "/adapter").map { name in
      guard let layer = Int(name), String(layer) == name, layer >= 0 else {
        throw FormatError.damaged(path: file.path, reason: "/adapter/\(name) is not a layer")
      }
      return layer
    }
    let order = LoRATarget.allCases.map(\.rawValue)
    return try layers.sorted().flatMap { layer in
      let modules = try file.children(of: "/adapter/\(layer)").sorted {
        (order.firstIndex(of: $0) ?? order.count, $0) < (order.firstIndex(of: $1) ?? order.count, $1)
      }
      return try modules.map { link in
        guard let module = LinkName.decode(link) else {
          throw FormatError.damaged(path: file.path, reason: "/adapter/\(layer)/\(link) is not a module")
        }
        let a = try file.read("/adapter/\(layer)/\(link)/A", as: Float.self, shape: [nil, nil])
        let b = try file.read("/adapter/\(layer)/\(link)/B", as: Float.self, shape: [nil, a.shape[0]])
        return AdapterTensor(layer: layer, module: module, a: .init(a), b: .init(b))
      }
    }
  }

  static func writeOptimizer(_ state: OptimizerState, to file: HDF5File) throws {
    guard state.firstMoments.count == state.secondMoments.count else {
      throw FormatError.unwritable(path: file.path, reason: "the optimizer's moments differ in number")
    }
    try file.write(state.firstMoments, to: "/optimizer/first_moments")
    try file.write(state.secondMoments, to: "/optimizer/second_moments")
    try file.setAttribute("step", .int(state.step), of: "/optimizer")
  }

  static func readOptimizer(_ file: HDF5File) throws -> OptimizerState? {
    guard try file.exists("/optimizer") else { return nil }
    let first = try file.read("/optimizer/first_moments", as: Float.self, shape: [nil]).values
    let second = try file.read("/optimizer/second_moments", as: Float.self, shape: [first.count]).values
    return OptimizerState(
      step: try file.int(attribute: "step", of: "/optimizer"), firstMoments: first, secondMoments: second)
  }
}

extension AdapterTensor.Factor {
  fileprivate init(_ array: HDF5Array<Float>) {
    self.init(rows: array.shape[0], columns: array.shape[1], values: array.values)
  }
}
