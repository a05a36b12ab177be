extension QuickstartTask {
  /// A patient's question, answered in plain words.
  static let patientAnswer = QuickstartTask(name: "patient-answer", metric: .rougeL) { knowledge, number, random in
    guard !knowledge.conditions.isEmpty, !knowledge.drugs.isEmpty else { return nil }
    let condition = random.pick(knowledge.conditions)
    let drug = random.pick(knowledge.drugs)
    let terms = knowledge.findings.filter(\.isTerm)
    let pair: (question: String, answer: String)
    let entity: String
    // Of ten questions: one about a test, one about a word, two of each other kind.
    switch number % 10 {
    case 0, 5: (pair, entity) = (random.pick(whatIsIt(condition)), condition.name)
    case 1, 6: (pair, entity) = (random.pick(howIsItTreated(condition)), condition.name)
    case 2: (pair, entity) = (random.pick(howIsItFound(condition)), condition.name)
    case 3, 7: (pair, entity) = (random.pick(whatIsItFor(drug)), drug.name)
    case 4, 8: (pair, entity) = (random.pick(whatCanItCause(drug)), drug.name)
    default:
      guard !terms.isEmpty else { return nil }
      let finding = random.pick(terms)
      (pair, entity) = (random.pick(whatDoesItMean(finding)), finding.name)
    }
    return Example(
      instruction: random.pick(answerInstructions), input: pair.question, output: pair.answer, entities: [entity])
  }
}

private let answerInstructions = [
  "Answer the patient's question.",
  "Give the patient a short, simple answer.",
  "Reply to the patient in one plain sentence.",
  "Explain this to a patient, briefly.",
  "Write a short answer for the patient.",
  "Answer as a friendly doctor would, in one sentence.",
]

private typealias Exchange = (question: String, answer: String)

private func whatIsIt(_ condition: Condition) -> [Exchange] {
  let name = condition.name
  let answer = "\(sentenceCase(name)) is \(condition.explanation)."
  return [
    ("My doctor says I have \(name). What is that?", answer),
    ("What is \(name)?", answer),
    ("Can you explain \(name) to me?", answer),
    ("I read about \(name) in my letter. What does it mean?", answer),
  ]
}

private func howIsItTreated(_ condition: Condition) -> [Exchange] {
  let name = condition.name
  let answer = "The usual first treatment for \(name) is \(condition.treatment)."
  return [
    ("How is \(name) treated?", answer),
    ("What helps against \(name)?", answer),
    ("Which treatment is there for \(name)?", answer),
    ("What do doctors do about \(name)?", answer),
  ]
}

private func howIsItFound(_ condition: Condition) -> [Exchange] {
  let name = condition.name
  let answer = "Doctors look for \(name) with \(condition.test)."
  return [
    ("How will they find out whether I have \(name)?", answer),
    ("Which test is there for \(name)?", answer),
    ("Could this be \(name)? How do you check?", answer),
    ("My aunt has \(name). How would I be tested for it?", answer),
  ]
}

private func whatIsItFor(_ drug: Drug) -> [Exchange] {
  let answer = "\(sentenceCase(drug.name)) is a medicine for \(drug.indication)."
  return [
    ("Why do I take \(drug.name)?", answer),
    ("What is \(drug.name) for?", answer),
    ("I was given \(drug.name). What does it treat?", answer),
    ("The pharmacist handed me \(drug.name). What is it used for?", answer),
  ]
}

private func whatCanItCause(_ drug: Drug) -> [Exchange] {
  let answer = "\(sentenceCase(drug.name)) can cause \(drug.effect); ask your doctor about it."
  return [
    ("Does \(drug.name) have side effects?", answer),
    ("What should I watch out for with \(drug.name)?", answer),
    ("I start \(drug.name) tomorrow. What can go wrong?", answer),
    ("Is there a side effect of \(drug.name) I should know?", answer),
  ]
}

private func whatDoesItMean(_ finding: Finding) -> [Exchange] {
  let answer = "The word \(finding.name) means \(finding.lay)."
  return [
    ("What does \(finding.name) mean?", answer),
    ("My letter says \(finding.name). What is that?", answer),
    ("The nurse wrote down \(finding.name). What does she mean?", answer),
    ("Can you put \(finding.name) in simple words?", answer),
  ]
}
