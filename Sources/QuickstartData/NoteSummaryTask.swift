extension QuickstartTask {
  /// A note in keywords, to be summed up in one sentence.
  static let noteSummary = QuickstartTask(name: "note-summary", metric: .rougeL) { knowledge, _, random in
    guard !knowledge.conditions.isEmpty else { return nil }
    let condition = random.pick(knowledge.conditions)
    let patient = random.patient(ages: condition.ages, sex: condition.sex)
    let findings = Array(random.shuffled(condition.findings).prefix(1 + random.below(2)))
    let (durations, reviews) = times(condition.course)
    let note = Note(
      patient: patient, condition: condition, findings: findings, duration: random.pick([nil] + durations),
      review: random.pick([nil] + reviews))
    let output = note.summary
    // About 35 tokens: short enough to learn without an accelerator.
    guard output.count <= 115 else { return nil }
    return Example(
      instruction: random.pick(summaryInstructions), input: random.pick(note.layouts), output: output,
      entities: [condition.name])
  }
}

/// How long a note may say that the patient has been ill, and when the next visit may be.
private func times(_ course: Course) -> (durations: [String?], reviews: [String?]) {
  switch course {
  case .days: (["1 day", "2 days"], ["2 days", "1 week", "2 weeks"])
  case .weeks: (["2 weeks", "3 weeks", "6 weeks"], ["1 week", "2 weeks", "4 weeks"])
  case .months: (["3 months", "6 months", "1 year"], ["4 weeks", "6 weeks", "3 months"])
  case .unstated: ([], ["4 weeks", "6 weeks", "3 months"])
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
    return "A \(patient.noun) aged \(patient.age) with \(joinedWithAnd(findings))\(time) has \(condition.name); "
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
        [
          ("Patient: ", letter), ("Findings: ", list), ("Duration: ", duration), ("Diagnosis: ", name),
          ("Plan: ", plan),
          ("Review: ", review),
        ], "\n"),
      lines(
        [("", letter), ("C/O ", list), ("Since ", duration), ("Dx ", name), ("Rx ", plan), ("R/V ", review)], ". "),
      lines(
        [
          ("Age/sex: ", letter), ("Problem: ", list), ("For: ", duration), ("Impression: ", name),
          ("Treatment: ", plan), ("Next visit: ", review),
        ], "; "),
      lines(
        [
          ("Diagnosis: ", name), ("Patient: ", letter), ("Presenting with: ", list), ("Time: ", duration),
          ("Treatment: ", plan), ("Follow-up: ", review),
        ], "\n"),
      lines(
        [
          ("S: ", patient.description), ("O: ", list), ("Duration: ", duration), ("A: ", name), ("P: ", plan),
          ("Review: ", review),
        ], " | "),
      lines(
        [
          ("- ", letter), ("- ", list), ("- duration ", duration), ("- diagnosis ", name), ("- plan ", plan),
          ("- review ", review),
        ], "\n"),
    ]
  }
}
