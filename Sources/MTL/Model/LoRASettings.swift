/// A matrix of a layer that an adapter can change, by the name PEFT gives it.
public enum LoRATarget: String, CaseIterable, Codable, Sendable, Hashable {
  /// Attention: queries, keys, values and output.
  case q = "q_proj", k = "k_proj", v = "v_proj", o = "o_proj"
  /// Feed-forward: gate, up and down.
  case gate = "gate_proj", up = "up_proj", down = "down_proj"
}

/// The shape of a LoRA adapter (Hu et al. 2021, arXiv 2106.09685).
public struct LoRASettings: Codable, Sendable, Hashable {
  /// The layers that are adapted; in JSON `"all"` or `{"top": k}`.
  public enum Layers: Sendable, Hashable {
    /// Every layer.
    case all
    /// The k layers nearest the output.
    case top(Int)
  }

  /// R, the rank of every factor pair.
  public var rank: Int
  /// The numerator of the scale.
  public var alpha: Double
  /// The probability with which an element of an adapter's input is dropped during training.
  public var dropout: Double = 0
  /// Whether the scale divides by the root of the rank (rsLoRA, arXiv 2312.03732).
  public var rsLoRA = false
  /// The adapted matrices of each layer.
  public var targets: [LoRATarget]
  /// The adapted layers.
  public var layers: Layers = .all

  /// Settings as given; `problems` says whether they can be used.
  public init(
    rank: Int, alpha: Double, dropout: Double = 0, rsLoRA: Bool = false, targets: [LoRATarget], layers: Layers = .all
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.rsLoRA = rsLoRA
    self.targets = targets
    self.layers = layers
  }

  /// s = alpha / R, or alpha / sqrt(R) with rsLoRA.
  public var scale: Float { Float(rsLoRA ? alpha / Double(rank).squareRoot() : alpha / Double(rank)) }

  /// What is wrong with the values, a sentence each.
  public var problems: [String] {
    var problems: [String] = []
    func check(_ sound: Bool, _ problem: String) { if !sound { problems.append(problem) } }
    check((1...Self.maximumRank).contains(rank), "rank must be between 1 and \(Self.maximumRank), not \(rank)")
    check(alpha.isFinite && alpha > 0, "alpha must be positive, not \(alpha)")
    check(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1, not \(dropout)")
    check(
      !targets.isEmpty,
      "targets must name at least one of " + LoRATarget.allCases.map(\.rawValue).joined(separator: ", "))
    check(Set(targets).count == targets.count, "targets must not name a matrix twice")
    if case .top(let count) = layers { check(count >= 1, "layers must be at least 1, not \(count)") }
    return problems
  }

  // Far beyond any use, and small enough that no size computed from it overflows.
  private static let maximumRank = 1 << 16
}

extension LoRASettings.Layers {
  /// The adapted layers of a model of `count`.
  package func indices(of count: Int) -> Range<Int> {
    switch self {
    case .all: 0..<count
    case .top(let k): max(0, count - max(0, k))..<count
    }
  }
}

extension LoRASettings.Layers: Codable {
  private enum CodingKeys: String, CodingKey { case top }

  /// - Throws: `DecodingError` for anything but `"all"` and `{"top": k}`.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      guard name == "all" else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "layers is \"all\" or {\"top\": k}"))
      }
      self = .all
    } else {
      self = .top(try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .top))
    }
  }

  /// `"all"` or `{"top": k}`.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .all:
      var container = encoder.singleValueContainer()
      try container.encode("all")
    case .top(let count):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .top)
    }
  }
}
