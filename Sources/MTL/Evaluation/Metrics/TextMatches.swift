import Foundation

/// The share of answers that are one of the references, white space at the ends aside.
public struct ExactMatch: MeanMetric {
  let ignoresCase: Bool
  let ignoresPunctuation: Bool

  public var name: String { "exact_match" }

  func value(_ outcome: ExampleOutcome) -> Double {
    guard let prediction = outcome.prediction.map(normalised) else { return 0 }
    return outcome.references.contains { normalised($0) == prediction } ? 1 : 0
  }

  private func normalised(_ text: String) -> String {
    var text = text
    if ignoresCase { text = text.lowercased() }
    if ignoresPunctuation { text.removeAll { $0.isPunctuation } }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// Micro F1 of the items of lists: `2 matches / (predicted + wanted)` over all examples.
///
/// Items are what stands between separators, compared without case and white space at the ends; one that is given twice
/// counts once. Where there are several references the one that fits best counts.
public struct SetF1: Metric {
  let separator: String
  /// A text that says that there is no item; nil where such a text is an item like others.
  var none: String?

  public var name: String { "set_f1" }
  public var higherIsBetter: Bool { true }

  /// Matches, predicted items, wanted items.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    let predicted = items(outcome.prediction ?? "")
    let options = outcome.references.map { reference in
      let wanted = items(reference)
      return [Double(predicted.intersection(wanted).count), Double(predicted.count), Double(wanted.count)]
    }
    return options.max { Self.f1($0) < Self.f1($1) } ?? [0, Double(predicted.count), 0]
  }

  public func score(_ summedParts: [Double], count: Int) -> Double { Self.f1(summedParts) }

  private static func f1(_ parts: [Double]) -> Double {
    let total = parts[1] + parts[2]
    return total > 0 ? 2 * parts[0] / total : 1
  }

  private func items(_ text: String) -> Set<String> {
    Set(
      text.components(separatedBy: separator).map { $0.lowercased().trimmingCharacters(in: .whitespacesAndNewlines) }
        .filter { !$0.isEmpty && $0 != none?.lowercased() })
  }
}

/// Mean F1 of the words that answer and reference share, as SQuAD measures it (Rajpurkar et al. 2016): without case,
/// punctuation and articles; the best reference counts.
public struct TokenF1: MeanMetric {
  public var name: String { "token_f1" }

  func value(_ outcome: ExampleOutcome) -> Double {
    let predicted = words(outcome.prediction ?? "")
    return outcome.references.map { Self.f1(predicted, words($0)) }.max() ?? 0
  }

  private static func f1(_ predicted: [[Unicode.Scalar]], _ wanted: [[Unicode.Scalar]]) -> Double {
    if predicted.isEmpty || wanted.isEmpty { return predicted.isEmpty && wanted.isEmpty ? 1 : 0 }
    let overlap = multisetOverlap(predicted, wanted)
    return 2 * Double(overlap) / Double(predicted.count + wanted.count)
  }

  private static let articles = ["a", "an", "the"].map { Array($0.unicodeScalars) }

  private func words(_ text: String) -> [[Unicode.Scalar]] {
    // Only ASCII punctuation goes, and code points are compared, as in the original script.
    let kept = text.lowercased().unicodeScalars.filter { !PythonText.isPunctuation($0) }
    return PythonText.words(kept).filter { !Self.articles.contains($0) }
  }
}

/// The size of the largest common multiset.
func multisetOverlap<Item: Hashable>(_ a: [Item], _ b: [Item]) -> Int {
  var counts: [Item: Int] = [:]
  for item in b { counts[item, default: 0] += 1 }
  return a.reduce(0) { overlap, item in
    guard let left = counts[item], left > 0 else { return overlap }
    counts[item] = left - 1
    return overlap + 1
  }
}
