/// ROUGE (Lin 2004): the mean over examples of the best F1 over references, as Google's rouge-score computes it without
/// stemming.
public struct ROUGE: MeanMetric {
  /// What answer and reference share.
  public enum Unit: Sendable, Equatable {
    /// Runs of n words.
    case ngrams(Int)
    /// The longest common subsequence of words.
    case longestCommonSubsequence
  }

  let unit: Unit

  init(_ unit: Unit) { self.unit = unit }

  public var name: String {
    switch unit {
    case .ngrams(let n): "rouge\(n)"
    case .longestCommonSubsequence: "rougeL"
    }
  }

  func value(_ outcome: ExampleOutcome) -> Double {
    let predicted = Self.words(outcome.prediction ?? "")
    return outcome.references.map { f1(predicted, Self.words($0)) }.max() ?? 0
  }

  /// Runs of ASCII letters and digits, in lower case: all else separates, other alphabets included.
  static func words(_ text: String) -> [[UInt8]] {
    text.lowercased().utf8.split { !(0x61...0x7A).contains($0) && !(0x30...0x39).contains($0) }.map(Array.init)
  }

  private func f1(_ predicted: [[UInt8]], _ wanted: [[UInt8]]) -> Double {
    switch unit {
    case .ngrams(let n):
      let (a, b) = (Self.ngrams(predicted, n), Self.ngrams(wanted, n))
      return Self.f1(matches: multisetOverlap(a, b), a.count, b.count)
    case .longestCommonSubsequence:
      return Self.f1(matches: Self.commonLength(predicted, wanted), predicted.count, wanted.count)
    }
  }

  private static func ngrams(_ words: [[UInt8]], _ n: Int) -> [[[UInt8]]] {
    words.count < n ? [] : (0...words.count - n).map { Array(words[$0..<$0 + n]) }
  }

  private static func f1(matches: Int, _ predicted: Int, _ wanted: Int) -> Double {
    let precision = Double(matches) / Double(max(predicted, 1))
    let recall = Double(matches) / Double(max(wanted, 1))
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
  }

  private static func commonLength(_ a: [[UInt8]], _ b: [[UInt8]]) -> Int {
    var row = [Int](repeating: 0, count: b.count + 1)
    for x in a {
      var diagonal = 0
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = x == y ? diagonal + 1 : max(above, row[j])
        diagonal = above
      }
    }
    return row[b.count]
  }
}
