/// What is compared between subsets.
public enum Quantity: Hashable, Sendable {
  /// Held-out negative log-likelihood per answer token, in nats.
  case loss
  /// One metric, on the tasks that have it.
  case metric(String)
  /// Each task's first metric.
  case primaryMetric

  /// The name for a header.
  public var title: String {
    switch self {
    case .loss: "loss"
    case .metric(let name): name
    case .primaryMetric: "primary metric"
    }
  }
}

extension Quantity: Codable {
  /// Reads `loss`, `primary` or `metric:NAME`.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    self =
      text == "loss" ? .loss : text == "primary" ? .primaryMetric : .metric(String(text.dropFirst("metric:".count)))
  }

  /// Writes `loss`, `primary` or `metric:NAME`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .loss: try container.encode("loss")
    case .primaryMetric: try container.encode("primary")
    case .metric(let name): try container.encode("metric:\(name)")
    }
  }
}

extension ScoreTable {
  /// The index of the metric a quantity means for a task; nil when the task lacks it.
  func metricIndex(_ quantity: Quantity, task: Int) -> Int? {
    let definitions = metrics[tasks[task].name] ?? []
    switch quantity {
    case .loss: return nil
    case .metric(let name): return definitions.firstIndex { $0.name == name }
    case .primaryMetric: return definitions.isEmpty ? nil : 0
    }
  }

  /// The tasks that have the quantity.
  func tasksWith(_ quantity: Quantity) -> [Int] {
    tasks.indices.filter { quantity == .loss || metricIndex(quantity, task: $0) != nil }
  }
}
