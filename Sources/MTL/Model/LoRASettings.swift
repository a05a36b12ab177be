public enum LoRATarget: String, CaseIterable, Codable, Sendable, Hashable {
  case q = "q_proj", k = "k_proj", v = "v_proj", o = "o_proj", gate = "gate_proj", up = "up_proj", down = "down_proj"
}
public struct LoRASettings: Codable, Sendable, Hashable {
  public enum Layers: Codable, Sendable, Hashable {
    case all
    case top(Int)
    package func indices(of count: Int) -> Range<Int> {
      switch self {
      case .all: 0..<count
      case .top(let k): max(0, count - k)..<count
      }
    }
  }
  public var rank: Int
  public var alpha: Double
  public var dropout: Double = 0
  public var rsLoRA = false
  public var targets: [LoRATarget]
  public var layers: Layers = .all
  public var scale: Float { Float(rsLoRA ? alpha / Double(rank).squareRoot() : alpha / Double(rank)) }
  public init(rank: Int, alpha: Double, dropout: Double = 0, rsLoRA: Bool = false, targets: [LoRATarget]) {
    self.rank = rank; self.alpha = alpha; self.dropout = dropout; self.rsLoRA = rsLoRA; self.targets = targets
  }
}
