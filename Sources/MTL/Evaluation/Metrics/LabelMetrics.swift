/// The mean over classes of each class's F1, as scikit-learn's `f1_score(average="macro")` with the classes that occur.
///
/// A class that is neither right nor answered anywhere in the (re)sample is left out. An answer that is none of the
/// classes is wrong for the right class and adds no class of its own.
public struct MacroF1: DetailedMetric {
  /// The classes; empty for the choices, which then have to be the same in every example.
  let labels: [String]

  public var name: String { "macro_f1" }
  public var higherIsBetter: Bool { true }

  /// For each class: rightly answered, answered, right.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    let labels = labels.isEmpty ? outcome.choices : labels
    let answer = outcome.answeredLabel(among: labels)
    let gold = outcome.goldLabel(among: labels)
    return labels.isEmpty
      ? [0, 0, 0]
      : labels.indices.flatMap { label in
        [answer == label && gold == label ? 1 : 0, answer == label ? 1 : 0, gold == label ? 1 : 0]
      }
  }

  public func score(_ summedParts: [Double], count: Int) -> Double {
    let scores = F1Counts.groups(summedParts).filter { $0.predicted + $0.wanted > 0 }.map(\.f1)
    return scores.reduce(0, +) / Double(max(1, scores.count))
  }

  public func details(_ summedParts: [Double]) -> [MetricDetail] {
    zip(labels, F1Counts.groups(summedParts)).map { MetricDetail(name: $0, score: $1.f1) }
  }
}

/// The share of right answers among the examples that were answered with one of the classes.
///
/// This is how coreference and status questions are scored when a model may answer beside the point (Agrawal et al.
/// 2022, "Large language models are few-shot clinical information extractors"); it is only to be read beside the share
/// that could not be parsed.
public struct ConditionalAccuracy: DetailedMetric {
  /// The classes; empty for the choices, or for any answer that could be parsed where there are no choices.
  let labels: [String]

  public var name: String { "conditional_acc" }
  public var higherIsBetter: Bool { true }

  /// Right, answered, examples.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    let labels = labels.isEmpty ? outcome.choices : labels
    if labels.isEmpty {
      guard let text = outcome.prediction.map(foldedLabel), !text.isEmpty else { return [0, 0, 1] }
      return [outcome.references.contains { foldedLabel($0) == text } ? 1 : 0, 1, 1]
    }
    guard let answer = outcome.answeredLabel(among: labels) else { return [0, 0, 1] }
    return [answer == outcome.goldLabel(among: labels) ? 1 : 0, 1, 1]
  }

  public func score(_ summedParts: [Double], count: Int) -> Double {
    summedParts[1] > 0 ? summedParts[0] / summedParts[1] : 0
  }

  public func details(_ summedParts: [Double]) -> [MetricDetail] {
    [MetricDetail(name: "answered", score: summedParts[2] > 0 ? summedParts[1] / summedParts[2] : 0)]
  }
}
