extension QuickstartTask {
  /// A question that the given sentences answer with yes or no, or leave open.
  static let yesNoMaybe = QuickstartTask(name: "yes-no-maybe", metric: .accuracy) { knowledge, number, random in
    let verdict = Verdict.allCases[number % 3]
    let passage: Passage?
    // Five passages in a row: two about a drug, one about a condition, two about a patient.
    switch (number / 3) % 5 {
    case 0, 1: passage = drugPassage(knowledge, verdict, &random)
    case 2: passage = conditionPassage(knowledge, verdict, &random)
    default: passage = patientPassage(knowledge, verdict, &random)
    }
    return passage.map {
      Example(
        instruction: random.pick(verdictInstructions),
        input: "\($0.text)\nQuestion: \($0.question)",
        output: verdict.rawValue,
        choices: Verdict.allCases.map(\.rawValue),
        entities: $0.entities)
    }
  }
}

private let verdictInstructions = [
  "Answer yes, no or maybe, from the text only.",
  "Does the text say so? Answer yes, no or maybe.",
  "Use only the text. Reply yes, no, or maybe if it does not say.",
  "Read the text and answer yes, no or maybe.",
  "Yes, no or maybe? Say maybe if the text leaves it open.",
  "Judge from the text alone: yes, no or maybe.",
]

/// What the text says about the question.
private enum Verdict: String, CaseIterable {
  case yes, no, maybe
}

/// A short text, a question about it, and the names in both.
private struct Passage {
  let text: String
  let question: String
  let entities: [String]
}

/// Something that can be stated of a subject, and asked.
private struct Statement {
  let sentences: [String]
  let questions: [String]
}

/// States two of three facts and asks about one: as stated, changed, or the one left out.
///
/// `facts` holds the true statements, `others` the same statements with another subject's values. What is
/// left out is asked with either value, so that knowing medicine does not help.
private func passage(
  _ verdict: Verdict, facts: [Statement], others: [Statement], entities: [String], _ random: inout SplitMix64
) -> Passage? {
  guard facts.count == 3, others.count == 3 else { return nil }
  let order = random.shuffled([0, 1, 2])
  let asked = verdict == .maybe ? order[2] : order[random.below(2)]
  let text = order.prefix(2).map { random.pick(facts[$0].sentences) }.joined(separator: " ")
  let useTrueValue =
    switch verdict {
    case .yes: true
    case .no: false
    case .maybe: random.below(2) == 0
    }
  let question = random.pick((useTrueValue ? facts : others)[asked].questions)
  return Passage(text: text, question: question, entities: entities)
}

private func drugPassage(_ knowledge: Knowledge, _ verdict: Verdict, _ random: inout SplitMix64) -> Passage? {
  let pair = random.apart(2, of: knowledge.drugs, areas: \.areas)
  guard pair.count == 2, pair[0].effect != pair[1].effect else { return nil }
  let name = pair[0].name
  func statements(_ drug: Drug) -> [Statement] {
    [
      Statement(
        sentences: [
          "\(sentenceCase(name)) is \(withArticle(drug.drugClass)).",
          "\(sentenceCase(name)) belongs to the class \(drug.drugClass).",
        ],
        questions: [
          "Is \(name) \(withArticle(drug.drugClass))?", "Does \(name) belong to the class \(drug.drugClass)?",
        ]
      ),
      Statement(
        sentences: [
          "\(sentenceCase(name)) is mainly used for \(drug.indication).",
          "The main use of \(name) is \(drug.indication).",
        ],
        questions: ["Is \(name) mainly used for \(drug.indication)?", "Is the main use of \(name) \(drug.indication)?"]
      ),
      Statement(
        sentences: [
          "The best known side effect of \(name) is \(drug.effect).",
          "The side effect to remember with \(name) is \(drug.effect).",
        ],
        questions: [
          "Is the best known side effect of \(name) \(drug.effect)?",
          "Is the side effect to remember with \(name) \(drug.effect)?",
        ]),
    ]
  }
  return passage(
    verdict, facts: statements(pair[0]), others: statements(pair[1]), entities: [name], &random)
}

private func conditionPassage(_ knowledge: Knowledge, _ verdict: Verdict, _ random: inout SplitMix64) -> Passage? {
  let pair = random.apart(2, of: knowledge.conditions, areas: \.areas)
  guard pair.count == 2, pair[0].test != pair[1].test, pair[0].treatment != pair[1].treatment else { return nil }
  let name = pair[0].name
  func statements(_ condition: Condition) -> [Statement] {
    [
      Statement(
        sentences: [
          "In \(name), the key test is \(condition.test).",
          "The key test for \(name) is \(condition.test).",
        ],
        questions: [
          "Is the key test for \(name) \(condition.test)?",
          "Should \(name) be looked for with \(condition.test) above all?",
        ]),
      Statement(
        sentences: [
          "The first treatment for \(name) is \(condition.treatment).",
          "Doctors first treat \(name) with \(condition.treatment).",
        ],
        questions: [
          "Is the first treatment for \(name) \(condition.treatment)?",
          "Does \(name) call for \(condition.treatment) first?",
        ]),
      Statement(
        sentences: [
          "The leading sign of \(name) is \(condition.findings[0]).",
          "What stands out in \(name) is \(condition.findings[0]).",
        ],
        questions: [
          "Is the leading sign of \(name) \(condition.findings[0])?",
          "Is it \(condition.findings[0]) that stands out in \(name)?",
        ]),
    ]
  }
  return passage(
    verdict, facts: statements(pair[0]), others: statements(pair[1]), entities: [name], &random)
}

private func patientPassage(_ knowledge: Knowledge, _ verdict: Verdict, _ random: inout SplitMix64) -> Passage? {
  let findings = random.apart(4, of: knowledge.findings, areas: \.areas)
  guard findings.count == 4 else { return nil }
  let patient = random.patient()
  let (first, second, absent, other) = (findings[0].name, findings[1].name, findings[2].name, findings[3].name)
  let text = random.pick([
    "\(patient.introduced) reports \(first) and \(second) but no \(absent).",
    "\(patient.introduced) came with \(first) and \(second). There was no \(absent).",
    "\(patient.introduced) has had \(first) for a week, with \(second), and denies \(absent).",
    "\(patient.introduced) denies \(absent) but complains of \(first) and \(second).",
    "Without any \(absent), \(patient.introduced.prefix(1).lowercased() + patient.introduced.dropFirst()) "
      + "developed \(first) and then \(second).",
  ])
  let asked =
    switch verdict {
    case .yes: random.pick([first, second])
    case .no: absent
    case .maybe: other
    }
  let question = random.pick([
    "Does the \(patient.noun) have \(asked)?",
    "Is there \(asked)?",
    "Does \(patient.pronoun) have \(asked)?",
  ])
  let names = [first, second, absent, asked]
  return Passage(text: text, question: question, entities: names)
}
