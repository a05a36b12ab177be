import Foundation

/// Corpus BLEU, 0 to 100 (Papineni et al. 2002), as sacrebleu computes it by default: runs of up to four words, the
/// closest reference length, exponential smoothing.
public struct BLEU: Metric {
  private static let order = 4
  let tokenizer: BLEUTokenizer
  let ignoresCase: Bool

  public var name: String { "bleu" }
  public var higherIsBetter: Bool { true }

  /// Answer length, reference length, then matches and runs of 1 to 4 words.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    var interner = Interner<[Unicode.Scalar]>()
    func words(_ text: String) -> [Int] { interner.numbers(tokenizer.words(ignoresCase ? text.lowercased() : text)) }
    let answer = words(outcome.prediction ?? "")
    let references = outcome.references.map(words)
    let lengths = references.map(\.count)
    let closest = lengths.min { (abs($0 - answer.count), $0) < (abs($1 - answer.count), $1) } ?? 0
    var matches: [Double] = []
    var totals: [Double] = []
    for length in 1...Self.order {
      let counts = ngramCounts(answer, length: length)
      // A run counts as often as in the reference that has it most often.
      var allowed: [ArraySlice<Int>: Int] = [:]
      for reference in references { allowed.merge(ngramCounts(reference, length: length), uniquingKeysWith: max) }
      matches.append(Double(sharedCount(counts, allowed)))
      totals.append(Double(max(0, answer.count - length + 1)))
    }
    return [Double(answer.count), Double(closest)] + matches + totals
  }

  public func score(_ summedParts: [Double], count: Int) -> Double {
    guard summedParts.count == 2 + 2 * Self.order else { return 0 }
    let (answer, reference) = (summedParts[0], summedParts[1])
    let (matches, totals) = (summedParts[2..<2 + Self.order], summedParts[(2 + Self.order)...])
    if matches.allSatisfy({ $0 == 0 }) || totals.contains(0) { return 0 }
    var smoothing = 1.0
    var sum = 0.0
    for (match, total) in zip(matches, totals) {
      if match == 0 { smoothing *= 2 }
      sum += log(100 * (match == 0 ? 1 / smoothing : match) / total)
    }
    let penalty = answer < reference ? exp(1 - reference / answer) : 1
    return penalty * exp(sum / Double(Self.order))
  }
}
