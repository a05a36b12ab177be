/// Corpus chrF2, 0 to 100 (Popović 2015), and chrF2++ with runs of words (Popović 2017), as sacrebleu computes them: F2
/// of the mean precision and recall of runs of 1 to 6 characters; the best reference counts.
public struct CHRF: Metric {
  private static let characterOrder = 6
  private static let betaSquared = 4.0
  /// Longest run of words: 0 for chrF, 2 for chrF++.
  let wordOrder: Int
  let ignoresCase: Bool

  public var name: String { wordOrder == 0 ? "chrf" : "chrf++" }
  public var higherIsBetter: Bool { true }

  /// For runs of each length: in the answer, in the reference, in both.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    let answer = runs(outcome.prediction ?? "")
    var best: (score: Double, parts: [Double]) = (-1, [])
    for reference in outcome.references {
      let reference = runs(reference)
      var parts = Self.parts(answer.characters, reference.characters, Self.characterOrder)
      parts += Self.parts(answer.words, reference.words, wordOrder)
      let score = score(parts, count: 1)
      if score > best.score { best = (score, parts) }
    }
    return best.parts.isEmpty ? [Double](repeating: 0, count: 3 * (Self.characterOrder + wordOrder)) : best.parts
  }

  public func score(_ summedParts: [Double], count: Int) -> Double {
    var precision = 0.0
    var recall = 0.0
    var orders = 0.0
    for start in stride(from: 0, to: summedParts.count - 2, by: 3) {
      let (answer, reference, both) = (summedParts[start], summedParts[start + 1], summedParts[start + 2])
      if answer == 0 || reference == 0 { continue }
      precision += both / answer
      recall += both / reference
      orders += 1
    }
    if precision + recall == 0 { return 0 }
    precision /= orders
    recall /= orders
    return 100 * (1 + Self.betaSquared) * precision * recall / (Self.betaSquared * precision + recall)
  }

  private func runs(_ text: String) -> (characters: [Unicode.Scalar], words: [[Unicode.Scalar]]) {
    let scalars = (ignoresCase ? text.lowercased() : text).unicodeScalars
    return (scalars.filter { !PythonText.isSpace($0) }, PythonText.words(scalars).flatMap(Self.withoutPunctuation))
  }

  private static func parts<Item: Hashable>(_ answer: [Item], _ reference: [Item], _ order: Int) -> [Double] {
    (1..<order + 1).flatMap { length in
      let there = max(0, reference.count - length + 1)
      let shared = sharedCount(ngramCounts(answer, length: length), ngramCounts(reference, length: length))
      // A length that the reference has no run of does not count for the answer either.
      return [there == 0 ? 0 : Double(max(0, answer.count - length + 1)), Double(there), Double(shared)]
    }
  }

  /// The word, and its last or else first character apart if that is ASCII punctuation.
  private static func withoutPunctuation(_ word: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
    guard word.count > 1, let first = word.first, let last = word.last else { return [word] }
    if PythonText.isPunctuation(last) { return [Array(word.dropLast()), [last]] }
    return PythonText.isPunctuation(first) ? [[first], Array(word.dropFirst())] : [word]
  }
}
