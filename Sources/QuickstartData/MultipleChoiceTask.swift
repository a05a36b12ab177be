extension QuickstartTask {
  /// One fact is asked for, with three wrong options from unrelated areas of medicine.
  static let multipleChoice = QuickstartTask(name: "multiple-choice", metric: .accuracy) { knowledge, number, random in
    let kinds = ChoiceQuestion.Kind.allCases
    // Four numbers in a row share a kind and take the four positions in turn.
    guard
      let question = ChoiceQuestion(kinds[(number / 4) % kinds.count], from: knowledge, &random),
      let wrong = question.wrongOptions(3, &random)
    else { return nil }
    var options = wrong
    options.insert(question.gold, at: number % 4)
    let list = options.map(\.text).joined(separator: "; ")
    return Example(
      instruction: random.pick(choiceInstructions),
      input: "\(random.pick(question.stems))\nOptions: \(list)",
      output: question.gold.text,
      choices: options.map(\.text),
      entities: question.entities + options.compactMap(\.entity))
  }
}

private let choiceInstructions = [
  "Answer with one of the options.",
  "Choose the correct option.",
  "Pick the option that answers the question.",
  "Reply with the right option only.",
  "Select the best answer.",
  "Which option is correct?",
]

/// A question, its answer, and the answers to the same question about everything else on this side.
struct ChoiceQuestion {
  /// What is asked about what.
  enum Kind: CaseIterable {
    case classOfDrug, drugOfClass, useOfDrug, drugForUse, effectOfDrug
    case testForCondition, treatmentOfCondition, conditionFromFindings, wordForFinding
  }

  /// A possible answer, the areas where it may be right, and the name in it, if any.
  struct Option {
    let text: String
    let areas: [String]
    var entity: String?
  }

  let stems: [String]
  let gold: Option
  let pool: [Option]
  let entities: [String]

  /// Wrong options: other texts, from areas that have nothing in common with the answer's.
  ///
  /// This is what keeps a distractor from being right as well: no drug of another area is used for the
  /// condition, no test of another area confirms it. Nil when there are too few.
  func wrongOptions(_ count: Int, _ random: inout SplitMix64) -> [Option]? {
    var texts: Set<String> = [gold.text]
    var result: [Option] = []
    for option in random.shuffled(pool) where result.count < count {
      if Set(option.areas).isDisjoint(with: gold.areas), texts.insert(option.text).inserted {
        result.append(option)
      }
    }
    return result.count == count ? result : nil
  }
}
