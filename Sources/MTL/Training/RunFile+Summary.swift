extension RunFile {
  private static let digestPrefix = "sha256-"

  static func writeSummary(_ record: RunRecord, to file: HDF5File) throws {
    try file.setAttribute("format-version", .int(formatVersion))
    try file.setAttribute("run-id", .string(record.runID))
    try file.setAttribute("settings", .string(record.settings))
    try file.setAttribute("program-version", .string(record.programVersion))
    try file.setAttribute("status", .string(record.isFinished ? "finished" : "training"))
    for (name, digest) in record.digests.sorted(by: { $0.key < $1.key }) {
      try file.setAttribute(digestPrefix + name, .string(digest))
    }
    try file.createGroup("/environment")
    for (name, value) in record.environment.sorted(by: { $0.key < $1.key }) {
      try file.setAttribute(name, .string(value.storable), of: "/environment")
    }
  }

  static func readSummary(_ file: HDF5File) throws -> RunSummary {
    let status = try file.string(attribute: "status")
    guard ["training", "finished"].contains(status) else {
      throw FormatError.damaged(path: file.path, reason: "its status is \(status)")
    }
    var digests: [String: String] = [:]
    for name in try file.attributeNames() where name.hasPrefix(digestPrefix) {
      digests[String(name.dropFirst(digestPrefix.count))] = try file.string(attribute: name)
    }
    var environment: [String: String] = [:]
    for name in try file.attributeNames(of: "/environment") {
      environment[name] = try file.string(attribute: name, of: "/environment")
    }
    return RunSummary(
      runID: try file.string(attribute: "run-id"), settings: try file.string(attribute: "settings"), digests: digests,
      programVersion: try file.string(attribute: "program-version"), environment: environment,
      isFinished: status == "finished")
  }

  static func writeHistory(_ history: [TrainingStep], to file: HDF5File) throws {
    func write(_ name: String, _ value: (TrainingStep) -> Int) throws {
      try file.write(history.map { Int64(value($0)) }, to: "/history/" + name, compressed: true)
    }
    func write(_ name: String, _ value: (TrainingStep) -> Double) throws {
      try file.write(history.map(value), to: "/history/" + name, compressed: true)
    }
    try write("step", \.step)
    try write("tokens", \.tokens)
    try write("label_tokens", \.labelTokens)
    try write("loss", \.loss)
    try write("learning_rate", \.learningRate)
    try write("grad_norm", \.gradNorm)
    try write("seconds", \.seconds)
  }

  static func readHistory(_ file: HDF5File) throws -> [TrainingStep] {
    let steps = try file.read("/history/step", as: Int64.self, shape: [nil]).values
    func ints(_ name: String) throws -> [Int] {
      try file.read("/history/" + name, as: Int64.self, shape: [steps.count]).values.map(Int.init)
    }
    func doubles(_ name: String) throws -> [Double] {
      try file.read("/history/" + name, as: Double.self, shape: [steps.count]).values
    }
    let (tokens, labelTokens) = (try ints("tokens"), try ints("label_tokens"))
    let (loss, learningRate) = (try doubles("loss"), try doubles("learning_rate"))
    let (gradNorm, seconds) = (try doubles("grad_norm"), try doubles("seconds"))
    return steps.indices.map {
      TrainingStep(
        step: Int(steps[$0]), tokens: tokens[$0], labelTokens: labelTokens[$0], loss: loss[$0],
        learningRate: learningRate[$0], gradNorm: gradNorm[$0], seconds: seconds[$0])
    }
  }
}

extension String {
  /// With U+2400, the picture of it, for every U+0000, where HDF5 would cut the string off.
  var storable: String {
    utf8.contains(0) ? String(String.UnicodeScalarView(unicodeScalars.map { $0.value == 0 ? "\u{2400}" : $0 })) : self
  }
}
