extension MixtureSettings {
  /// The words for policies.
  private enum PolicyWord: String, CaseIterable {
    case proportional, uniform, temperature, weights
  }

  /// Reads `policy`, `temperature` or `weights`, `unit`, one of `examples-per-task`, `total-examples` and
  /// `total-tokens`, and `epochs`; mistakes are added to the section's.
  public init(_ section: YAMLSection) {
    self.init()
    var policyWord = section.word("policy", PolicyWord.self)
    let temperature = section.double("temperature")
    let weights = Self.weights(section)
    if policyWord == nil { policyWord = temperature != nil ? .temperature : weights != nil ? .weights : .proportional }
    switch policyWord {
    case .temperature:
      if temperature == nil { section.mistake("policy", "is temperature, which needs `temperature: 2` or the like") }
      policy = .temperature(temperature ?? 1)
    case .weights:
      if weights == nil { section.mistake("policy", "is weights, which needs `weights: {name: 1}`") }
      policy = .weights(weights ?? [:])
    case .uniform: policy = .uniform
    case .proportional, nil: policy = .proportional
    }
    if temperature != nil, policyWord != .temperature { section.mistake("temperature", "belongs to another `policy`") }
    if weights != nil, policyWord != .weights { section.mistake("weights", "belong to another `policy`") }
    unit = section.word("unit", Unit.self) ?? .task
    let budgets = [
      ("examples-per-task", Budget.examplesPerTask), ("total-examples", Budget.totalExamples),
      ("total-tokens", Budget.totalTokens),
    ].compactMap { key, make in section.int(key).map { (key, make($0)) } }
    if budgets.count > 1 { section.mistake(budgets[1].0, "cannot be given with `\(budgets[0].0)`: choose one budget") }
    budget = budgets.first?.1 ?? .all
    epochs = section.int("epochs") ?? 1
    for problem in problems { section.mistakes.add(problem, line: section.line) }
    section.finish()
  }

  private static func weights(_ section: YAMLSection) -> [String: Double]? {
    guard let below = section.section("weights") else { return nil }
    var weights: [String: Double] = [:]
    for key in below.allKeys() { weights[key] = below.double(key) }
    return weights
  }
}
