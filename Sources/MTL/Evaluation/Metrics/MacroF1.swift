/// The mean over the choices of the F1 of taking each: every answer counts alike, however rare it is.
///
/// For tasks whose choices are the same in every example. A choice that is neither right nor taken anywhere does not count.
public struct MacroF1: Metric {
  public var name: String { "macro_f1" }
  public var higherIsBetter: Bool { true }

  /// For each choice: right and taken, taken, right.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    var parts = [Double](repeating: 0, count: 3 * max(1, outcome.choices.count))
    let losses = outcome.choiceLikelihoods.map(\.nll)
    let taken = losses.indices.min { losses[$0] < losses[$1] }
    if let taken { parts[3 * taken + 1] = 1 }
    if let gold = outcome.goldChoice {
      parts[3 * gold + 2] = 1
      if taken == gold { parts[3 * gold] = 1 }
    }
    return parts
  }

  /// The mean of `2 both / (taken + right)`.
  public func score(_ summedParts: [Double], count: Int) -> Double {
    let scores = stride(from: 0, to: summedParts.count, by: 3).compactMap { i -> Double? in
      let total = summedParts[i + 1] + summedParts[i + 2]
      return total > 0 ? 2 * summedParts[i] / total : nil
    }
    return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
  }
}
