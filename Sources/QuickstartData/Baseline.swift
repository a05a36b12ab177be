/// What a model that always gives the same answer would score.
public struct Baseline: Sendable, Equatable {
  /// How a task is scored.
  public enum Metric: String, Sendable {
    /// The share of examples answered with the right choice.
    case accuracy = "acc"
    /// F1 between the sets of items that "; " separates, averaged over examples.
    case setF1 = "set_f1"
    /// F1 of the longest common subsequence of words, averaged over examples (Lin, "ROUGE", 2004).
    case rougeL = "rougeL"
  }

  /// The constant answer, or "option 2" where the answer is a position.
  public let answer: String
  /// Its mean score on the test side, from 0 to 1.
  public let score: Double

  /// The constant answer that scores best on `reference`, scored on `test`.
  ///
  /// With the training side as reference this is a baseline that anyone may use; with the test side it is the
  /// most that any answer among those of `candidates` could reach. Where the options differ between examples,
  /// the constant is a position.
  public static func bestConstant(
    _ metric: Metric, among candidates: [Example], choosingOn reference: [Example], test: [Example]
  ) -> Baseline {
    let answers: [String]
    let score: (String, Example) -> Double
    if metric == .accuracy, Set(reference.compactMap(\.choices)).count > 1 {
      answers = (0..<(reference.first?.choices?.count ?? 0)).map { "option \($0 + 1)" }
      score = { answer, example in
        let position = example.choices?.firstIndex(of: example.output) ?? -1
        return answer == "option \(position + 1)" ? 1 : 0
      }
    } else {
      answers = Array(Set(candidates.map(\.output))).sorted()
      score = { answer, example in Self.score(metric, answer, example.output) }
    }
    func mean(_ answer: String, _ examples: [Example]) -> Double {
      examples.isEmpty ? 0 : examples.reduce(0) { $0 + score(answer, $1) } / Double(examples.count)
    }
    var best = (answer: "", score: -1.0)
    for answer in answers {
      let value = mean(answer, reference)
      if value > best.score { best = (answer, value) }
    }
    return Baseline(answer: best.answer, score: mean(best.answer, test))
  }

  /// The score of one answer against the right one, from 0 to 1.
  public static func score(_ metric: Metric, _ answer: String, _ right: String) -> Double {
    switch metric {
    case .accuracy: answer == right ? 1 : 0
    case .setF1: setF1(answer, right)
    case .rougeL: rougeL(answer, right)
    }
  }

  private static func setF1(_ answer: String, _ right: String) -> Double {
    func items(_ text: String) -> Set<String> {
      Set(text.lowercased().split(separator: ";").map { String($0.drop { $0 == " " }) })
    }
    let (given, wanted) = (items(answer), items(right))
    let total = given.count + wanted.count
    return total == 0 ? 1 : 2 * Double(given.intersection(wanted).count) / Double(total)
  }

  private static func rougeL(_ answer: String, _ right: String) -> Double {
    func words(_ text: String) -> [Substring] {
      text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map { Substring($0) }
    }
    let (given, wanted) = (words(answer), words(right))
    if given.isEmpty || wanted.isEmpty { return 0 }
    // The usual table of longest common subsequences, one row at a time.
    var row = [Int](repeating: 0, count: wanted.count + 1)
    for word in given {
      var diagonal = 0
      for column in 1...wanted.count {
        let above = row[column]
        row[column] = word == wanted[column - 1] ? diagonal + 1 : max(above, row[column - 1])
        diagonal = above
      }
    }
    return 2 * Double(row[wanted.count]) / Double(given.count + wanted.count)
  }
}
