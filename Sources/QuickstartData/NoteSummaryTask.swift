extension QuickstartTask {
  /// A note in keywords, to be summed up in one sentence.
  static let noteSummary = QuickstartTask(name: "note-summary", metric: .rougeL) { knowledge, number, random in
    guard !knowledge.conditions.isEmpty else { return nil }
    let condition = random.pick(knowledge.conditions)
    let patient = random.patient(ages: condition.ages, sex: condition.sex)
    let findings = Array(random.shuffled(condition.findings).prefix(1 + random.below(2)))
    let review = random.pick([nil, "2 days", "1 week", "2 weeks", "6 weeks", "3 months"])
    let duration = random.pick([nil, "2 days", "1 week", "3 weeks", "2 months"])
    // A sudden illness does not go with months of symptoms.
    let sudden = condition.findings.contains { $0.hasPrefix("sudden") } || condition.name.hasPrefix("acute")
    let note = Note(
      patient: patient, condition: condition, findings: findings, duration: sudden ? nil : duration, review: review)
    let output = note.summary
    // Keeps answers short enough to learn on a laptop.
    guard output.count <= 150 else { return nil }
    return Example(
      instruction: random.pick(summaryInstructions), input: random.pick(note.layouts), output: output,
      entities: [condition.name])
  }
}

private let summaryInstructions = [
  "Summarise the note in one sentence.",
  "Write one sentence that sums up this note.",
  "Turn the note into a single sentence.",
  "Give a one-sentence summary for the letter.",
  "Sum up this visit in one sentence.",
  "Put the note into one full sentence.",
]

/// A visit; what is nil was not written down.
private struct Note {
  let patient: Patient
  let condition: Condition
  let findings: [String]
  let duration: String?
  let review: String?

  /// The sentence to be written: patient, findings, diagnosis, plan, review.
  var summary: String {
    let time = duration.map { " for \($0)" } ?? ""
    let next = review.map { ", with review in \($0)" } ?? ""
    return "\(patient.introduced) with \(joinedWithAnd(findings))\(time) has \(condition.name); "
      + "the plan is \(condition.treatment)\(next)."
  }

  /// The same visit in the layouts of different clinics.
  var layouts: [String] {
    func lines(_ fields: [(String, String?)], _ separator: String) -> String {
      fields.compactMap { label, value in value.map { label + $0 } }.joined(separator: separator)
    }
    let list = findings.joined(separator: ", ")
    let (name, plan) = (condition.name, condition.treatment)
    let letter = patient.short
    return [
      lines(
        [("Patient: ", letter), ("Findings: ", list), ("Duration: ", duration), ("Diagnosis: ", name), ("Plan: ", plan),
          ("Review: ", review)], "\n"),
      lines(
        [("", letter), ("C/O ", list), ("Since ", duration), ("Dx ", name), ("Rx ", plan), ("R/V ", review)], ". "),
      lines(
        [("Age/sex: ", letter), ("Problem: ", list), ("For: ", duration), ("Impression: ", name),
          ("Treatment: ", plan), ("Next visit: ", review)], "; "),
      lines(
        [("Diagnosis: ", name), ("Patient: ", letter), ("Presenting with: ", list), ("Time: ", duration),
          ("Treatment: ", plan), ("Follow-up: ", review)], "\n"),
      lines(
        [("S: ", patient.description), ("O: ", list), ("Duration: ", duration), ("A: ", name), ("P: ", plan),
          ("Review: ", review)], " | "),
      lines(
        [("- ", letter), ("- ", list), ("- duration ", duration), ("- diagnosis ", name), ("- plan ", plan),
          ("- review ", review)], "\n"),
    ]
  }
}
