public struct ExampleOutcome: Sendable {
  public var prediction: String?; public var choiceLikelihoods: [Likelihood]; public var goldChoice: Int?; public var choices: [String]; public var references: [String]
}
public protocol Metric: Sendable {
  var name: String { get }
  var higherIsBetter: Bool { get }
  func parts(_ outcome: ExampleOutcome) -> [Double]
  func score(_ summedParts: [Double], count: Int) -> Double
}
struct Acc: Metric {
  let name = "acc"; let higherIsBetter = true
  func parts(_ o: ExampleOutcome) -> [Double] { let l = o.choiceLikelihoods; return [l.indices.min { l[$0].nll < l[$1].nll } == o.goldChoice ? 1 : 0] }
  func score(_ s: [Double], count: Int) -> Double { s[0] / Double(count) }
}
struct Exact: Metric {
  let name: String; let higherIsBetter = true
  func parts(_ o: ExampleOutcome) -> [Double] { [o.references.contains(o.prediction ?? "") ? 1 : 0] }
  func score(_ s: [Double], count: Int) -> Double { s[0] / Double(count) }
}
public enum Metrics {
  public static func named(_ name: String, options: [String: String] = [:]) throws -> any Metric { name == "acc" ? Acc() : Exact(name: name) }
}
