/// ROUGE, 0 to 1 (Lin 2004): the mean over examples of the best F1 over references, as Google's rouge-score computes it.
public struct ROUGE: MeanMetric {
  /// What answer and reference share.
  public enum Unit: Sendable, Equatable {
    /// Runs of n words.
    case ngrams(Int)
    /// The longest common subsequence of words.
    case longestCommonSubsequence
  }

  let unit: Unit
  /// Whether words longer than three letters are reduced to their Porter stems.
  let stems: Bool

  init(_ unit: Unit, stems: Bool = false) {
    self.unit = unit
    self.stems = stems
  }

  public var name: String {
    switch unit {
    case .ngrams(let n): "rouge\(n)"
    case .longestCommonSubsequence: "rougeL"
    }
  }

  func value(_ outcome: ExampleOutcome) -> Double {
    var interner = Interner<[UInt8]>()
    let predicted = interner.numbers(words(outcome.prediction ?? ""))
    return outcome.references.map { f1(predicted, interner.numbers(words($0))) }.max() ?? 0
  }

  /// Runs of ASCII letters and digits, in lower case: all else separates, other alphabets included.
  func words(_ text: String) -> [[UInt8]] {
    let words = text.lowercased().utf8.split { !(0x61...0x7A).contains($0) && !(0x30...0x39).contains($0) }
    return words.map { stems && $0.count > 3 ? PorterStemmer.stem(Array($0)) : Array($0) }
  }

  private func f1(_ predicted: [Int], _ wanted: [Int]) -> Double {
    switch unit {
    case .ngrams(let n):
      let shared = sharedCount(ngramCounts(predicted, length: n), ngramCounts(wanted, length: n))
      return Self.f1(matches: shared, max(0, predicted.count - n + 1), max(0, wanted.count - n + 1))
    case .longestCommonSubsequence:
      return Self.f1(matches: Self.commonLength(predicted, wanted), predicted.count, wanted.count)
    }
  }

  private static func f1(matches: Int, _ predicted: Int, _ wanted: Int) -> Double {
    let precision = Double(matches) / Double(max(predicted, 1))
    let recall = Double(matches) / Double(max(wanted, 1))
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
  }

  private static func commonLength(_ a: [Int], _ b: [Int]) -> Int {
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
