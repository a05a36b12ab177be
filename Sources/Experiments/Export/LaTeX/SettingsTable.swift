import MTL

extension SweepResults {
  /// The settings that all runs share, as names and values; nil where the specification cannot be read.
  func settingsRows() -> [[String]]? {
    guard let points = try? SweepDocument.parse(specification, file: "sweep.yaml").points(),
      let spec = (points.first { $0.label == pointLabel } ?? points.first)?.specification
    else { return nil }
    let (lora, training) = (spec.lora, spec.training)
    let layers =
      switch lora.layers {
      case .all: "all"
      case .top(let count): "the top \(count)"
      }
    var rows = [
      ["base model", spec.base],
      ["base's storage, products", "\(spec.baseStorage.rawValue), \(spec.baseCompute.rawValue)"],
    ]
    if let template = spec.template { rows.append(["chat template", template.rawValue]) }
    rows += [
      ["LoRA rank, alpha", "\(lora.rank), \(plain(lora.alpha))\(lora.rsLoRA ? " (rsLoRA)" : "")"],
      ["LoRA dropout", plain(lora.dropout)],
      ["adapted matrices", lora.targets.map(\.rawValue).joined(separator: ", ")],
      ["adapted layers", layers],
      ["optimizer", "AdamW (\(plain(training.beta1)), \(plain(training.beta2)), \(plain(training.epsilon)))"],
      ["learning rate, schedule", "\(plain(training.learningRate)), \(training.schedule.rawValue)"],
      ["warm-up", training.warmup < 1 ? "\(plain(training.warmup)) of all steps" : "\(plain(training.warmup)) steps"],
      ["weight decay", plain(training.weightDecay)],
      ["greatest gradient norm", training.maxGradNorm > 0 ? plain(training.maxGradNorm) : "none"],
      ["batch size", "\(training.batchSize)"],
      ["longest example, tokens", "\(training.maxLength)"],
    ]
    rows += data(spec)
    rows += [
      ["seeds", spec.seeds.map(String.init).joined(separator: ", ")],
      ["subsets of", plan.units == .category ? "categories" : "tasks"],
      ["test examples of each task", spec.evaluation.examplesPerTask.map { "at most \($0)" } ?? "all"],
    ]
    if spec.excludeOverlap { rows.append(["training examples like test examples", "left out"]) }
    if let summary = runs.lazy.compactMap(\.summary).first {
      rows.append(["program", "mtl \(summary.programVersion)"])
      if let digest = summary.digests["base"] { rows.append(["SHA-256 of the base", "\(digest.prefix(16))…"]) }
    }
    return rows
  }

  private func data(_ spec: SweepSpecification) -> [[String]] {
    guard let mixture = spec.mixture else {
      return [
        ["training examples of each task", spec.budget.examplesPerTask.map { "at most \($0)" } ?? "all"],
        ["epochs", "\(spec.budget.epochs)"],
      ]
    }
    let amount =
      switch mixture.budget {
      case .all: "all examples"
      case .examplesPerTask(let count): "\(count) examples of each task"
      case .totalExamples(let count): "\(count) examples in all"
      case .totalTokens(let count): "\(count) tokens in all"
      }
    let policy =
      switch mixture.policy {
      case .proportional: "proportional"
      case .uniform: "uniform"
      case .temperature(let value): "temperature \(plain(value))"
      case .weights(let weights):
        "weights " + weights.sorted { $0.key < $1.key }.map { "\($0.key) \(plain($0.value))" }.joined(separator: ", ")
      }
    return [
      ["training data", amount], ["mixture", "\(policy), of \(mixture.unit.rawValue) shares"],
      ["epochs", "\(mixture.epochs)"],
    ]
  }
}

/// A setting as people write it: no needless `.0`.
private func plain(_ value: Double) -> String {
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
