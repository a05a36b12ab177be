extension QuickstartTask {
  /// The medicines that a clinical sentence names, in the order they appear.
  static let medications = QuickstartTask(name: "medications", metric: .setF1) { knowledge, number, random in
    // Of 20 sentences: 3 name no medicine, 5 one, 6 two, 4 three, 2 four.
    let counts = [0, 1, 2, 3, 1, 2, 4, 2, 1, 3, 0, 2, 1, 3, 2, 0, 1, 2, 3, 4]
    let drugs = random.apart(counts[number % counts.count], of: knowledge.drugs, areas: \.areas)
    // Doses are for adults, so whoever takes something is one.
    let conditions = knowledge.conditions.filter { drugs.isEmpty || $0.ages.upperBound >= 40 }
    guard drugs.count == counts[number % counts.count], !conditions.isEmpty else { return nil }
    let condition = random.pick(conditions)
    let sexes = Set((drugs.map(\.sex) + [condition.sex]).compactMap { $0 })
    if sexes.count > 1 { return nil }
    let ages = drugs.isEmpty ? condition.ages : max(30, condition.ages.lowerBound)...condition.ages.upperBound
    let patient = random.patient(ages: ages, sex: sexes.first)
    let scene = Scene(drugs: drugs, condition: condition, patient: patient)
    let sentences =
      switch drugs.count {
      case 0: scene.withoutMedicine
      case 1: scene.withOne
      default: scene.withSeveral
      }
    let sentence = random.pick(sentences)
    return Example(
      instruction: random.pick(medicationInstructions),
      input: sentence.text,
      output: drugs.isEmpty ? "none" : drugs.map(\.name).joined(separator: "; "),
      entities: drugs.map(\.name) + (sentence.namesCondition ? [condition.name] : []))
  }
}

private let medicationInstructions = [
  "List the drugs named in the text, separated by \"; \", or write none.",
  "Which medicines does the text name? Separate them with \"; \"; write none if there are none.",
  "Extract all medicines in order, separated by \"; \" (none if there are none).",
  "Copy every drug name from the note, separated by \"; \". If there is no drug, write none.",
  "Find the medicines in this note. Answer with names and \"; \" between them, or none.",
  "Name each drug mentioned, with \"; \" between names. Write none if no drug is named.",
]

/// A sentence and whether it names the condition.
private struct Sentence {
  let text: String
  let namesCondition: Bool
}

/// What the sentences are about.
private struct Scene {
  let drugs: [Drug]
  let condition: Condition
  let patient: Patient

  private func naming(_ text: String) -> Sentence { Sentence(text: text, namesCondition: true) }
  private func plain(_ text: String) -> Sentence { Sentence(text: text, namesCondition: false) }

  var withoutMedicine: [Sentence] {
    let age = patient.introduced
    return [
      naming("\(age) with \(condition.name) takes no regular medicines."),
      naming("\(age) was seen for \(condition.name); no treatment was started today."),
      naming("No tablets so far. \(sentenceCase(condition.name)) was explained and a leaflet given."),
      naming("\(age) asks whether \(condition.name) runs in families."),
      naming("Review of \(condition.name) in a patient aged \(patient.age): doing well, no medicines."),
      naming("\(age) has \(condition.name) and stopped all treatment last year."),
    ]
  }

  var withOne: [Sentence] {
    guard let drug = drugs.first else { return [] }
    let age = patient.introduced
    let pronoun = sentenceCase(patient.pronoun)
    return [
      plain("\(age) takes \(drug.name) \(drug.dose)."),
      plain("\(age) was started on \(drug.name) for \(drug.indication)."),
      plain("The risk of \(drug.effect) with \(drug.name) was explained."),
      naming("\(age) with \(condition.name) is also on \(drug.name). \(pronoun) walks every day."),
      plain("Plan: \(drug.name) \(drug.dose), blood tests in two weeks."),
      plain("\(age) forgot to take \(drug.name) twice this month."),
      plain("\(sentenceCase(drug.drugClass)) treatment with \(drug.name) was discussed and agreed."),
    ]
  }

  var withSeveral: [Sentence] {
    let names = drugs.map(\.name)
    let age = patient.introduced
    let list = joinedWithAnd(names)
    let first = drugs[0]
    let rest = joinedWithAnd(Array(names.dropFirst()))
    let doses = drugs.prefix(2).map { "\($0.name) \($0.dose)" } + names.dropFirst(2)
    return [
      plain("\(age) takes \(list)."),
      plain("Current medicines: \(doses.joined(separator: ", "))."),
      naming("\(age) with \(condition.name) went home on \(list)."),
      plain("The risk of \(first.effect) with \(first.name) was explained; \(rest) continued."),
      plain("\(age) on \(first.name) for \(first.indication) was also given \(rest)."),
      naming("History of \(condition.name). On \(list), no allergies."),
      plain("New: \(first.name) \(first.dose). Continue \(rest)."),
      plain("\(age) stopped \(first.name) last week but still takes \(rest)."),
    ]
  }
}
