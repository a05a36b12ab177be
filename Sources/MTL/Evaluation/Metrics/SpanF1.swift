/// Micro F1 of extracted spans or arguments over all examples: `2 matched / (predicted + wanted)`, the counts of
/// conlleval. An item that is given twice has to be wanted twice. Where there are several references the best counts.
public struct SpanF1: DetailedMetric {
  /// When a predicted item counts.
  public enum Matching: Sendable {
    /// Its text and type are those of a wanted one (strict).
    case exact
    /// It shares a word with a wanted one of its type (relaxed): precision is the share of predicted items that do,
    /// recall the share of wanted ones.
    case overlap
    /// Words are counted instead of items, without regard to where an item ends.
    case words
  }

  public let name: String
  let format: LabelledItemsFormat
  let matching: Matching

  public var higherIsBetter: Bool { true }

  /// For each type, and once more for items without one where there are types: matched, predicted, wanted. With
  /// `overlap`, `matched` is replaced by two numbers: matched among predicted, matched among wanted.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    let predicted = format.items(outcome.prediction ?? "")
    var best: [Double]?
    for reference in outcome.references {
      let parts = zip(predicted, format.items(reference)).flatMap(counts)
      if best.map({ score(parts, count: 1) > score($0, count: 1) }) ?? true { best = parts }
    }
    return best ?? predicted.flatMap { counts($0, []) }
  }

  public func score(_ summedParts: [Double], count: Int) -> Double {
    Self.f1(
      (0..<width).map { offset in
        stride(from: offset, to: summedParts.count, by: width).reduce(0) { $0 + summedParts[$1] }
      })
  }

  public func details(_ summedParts: [Double]) -> [MetricDetail] {
    format.types.indices.compactMap { type in
      let range = type * width..<(type + 1) * width
      guard range.upperBound <= summedParts.count else { return nil }
      return MetricDetail(name: format.types[type], score: Self.f1(Array(summedParts[range])))
    }
  }

  private var width: Int { matching == .overlap ? 4 : 3 }

  private static func f1(_ parts: [Double]) -> Double {
    guard parts.count == 4 else { return F1Counts.groups(parts).first?.f1 ?? 0 }
    let (predicted, wanted) = (parts[2], parts[3])
    if predicted + wanted == 0 { return 1 }
    let precision = predicted > 0 ? parts[0] / predicted : 0
    let recall = wanted > 0 ? parts[1] / wanted : 0
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
  }

  private func counts(_ predicted: [String], _ wanted: [String]) -> [Double] {
    switch matching {
    case .exact: return Self.counts(predicted, wanted)
    case .words: return Self.counts(predicted.flatMap(Self.words), wanted.flatMap(Self.words))
    case .overlap:
      let (a, b) = (predicted.map(Self.content), wanted.map(Self.content))
      let found = a.count { words in b.contains { !$0.isDisjoint(with: words) } }
      let met = b.count { words in a.contains { !$0.isDisjoint(with: words) } }
      return [Double(found), Double(met), Double(a.count), Double(b.count)]
    }
  }

  private static func counts(_ predicted: [String], _ wanted: [String]) -> [Double] {
    F1Counts(
      matched: Double(multisetOverlap(predicted, wanted)), predicted: Double(predicted.count),
      wanted: Double(wanted.count)
    ).parts
  }

  /// Words that say nothing when they are all that is shared.
  private static let emptyWords: Set<String> = [
    "a", "an", "the", "of", "in", "to", "and", "or", "with", "for", "on", "by",
  ]

  /// Runs of letters and digits; an item without any is a word.
  private static func words(_ item: String) -> [String] {
    let words = item.split { !($0.isLetter || $0.isNumber) }.map(String.init)
    return words.isEmpty ? [item] : words
  }

  private static func content(_ item: String) -> Set<String> {
    let words = Set(words(item))
    return words.isSubset(of: emptyWords) ? words : words.subtracting(emptyWords)
  }
}
