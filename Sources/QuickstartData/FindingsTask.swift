extension QuickstartTask {
  /// Every finding of a note and whether it is present or absent.
  static let findings = QuickstartTask(name: "findings", metric: .setF1) { knowledge, number, random in
    // Of 10 notes: 2 name one finding, 4 two, 3 three, 1 four.
    let counts = [2, 1, 3, 2, 3, 2, 4, 1, 2, 3]
    let wanted = counts[number % counts.count]
    let chosen = random.apart(wanted, of: knowledge.findings, areas: \.areas).map(\.name)
    guard chosen.count == wanted else { return nil }
    let presentCount = wanted == 1 ? random.below(2) : 1 + random.below(wanted)
    let present = Array(chosen.prefix(presentCount))
    let absent = Array(chosen.dropFirst(presentCount))
    let note = findingNote(present: present, absent: absent, random.patient(), &random)
    return Example(
      instruction: random.pick(findingInstructions),
      input: note.text,
      output: (note.presentFirst
        ? present.map { "\($0): present" } + absent.map { "\($0): absent" }
        : absent.map { "\($0): absent" } + present.map { "\($0): present" }).joined(separator: "; "),
      entities: chosen)
  }
}

private let findingInstructions = [
  "List the findings of the note like this: \"name: present; name: absent\".",
  "Which findings does the note mention? Answer as \"name: present; name: absent\".",
  "Extract the findings in order, as \"name: present; name: absent\".",
  "For every symptom or sign write \"name: present\" or \"name: absent\", with \"; \" between.",
  "Mark each finding: \"name: present\" or \"name: absent\". Separate with \"; \".",
  "Label every finding of the note, for example \"name: absent; name: present\".",
]

/// A note that names findings, those present first or those absent first.
private func findingNote(
  present: [String], absent: [String], _ patient: Patient, _ random: inout SplitMix64
) -> (text: String, presentFirst: Bool) {
  let who = patient.introduced
  let pronoun = sentenceCase(patient.pronoun)
  let yes = joinedWithAnd(present)
  let no = joinedWithOr(absent)
  let end = random.pick([
    "", "", " Lives with a partner.", " Works as a teacher.", " Seen with a relative.", " Review next week.",
    " Does not smoke.",
  ])
  if absent.isEmpty {
    let text = random.pick([
      "\(who) reports \(yes).", "\(who) complains of \(yes).", "\(who) came in because of \(yes).",
      "Seen today for \(yes). \(who).", "\(who) has had \(yes) since Monday.", "\(who) with \(yes).",
    ])
    return (text + end, true)
  }
  if present.isEmpty {
    let text = random.pick([
      "\(who) denies \(no).", "\(who) has no \(no).", "\(who) attends for a check. No \(no).",
      "\(who) has not had any \(no).", "\(who) feels well, without \(no).",
    ])
    return (text + end, false)
  }
  if random.below(4) == 0 {
    let text = random.pick([
      "\(who) denies \(no) but reports \(yes).", "No \(no). \(who) with \(yes).",
      "\(who) has had no \(no). \(pronoun) now has \(yes).",
    ])
    return (text + end, false)
  }
  let text = random.pick([
    "\(who) reports \(yes) and denies \(no).", "\(who) with \(yes), but no \(no).",
    "\(who) complains of \(yes). No \(no).", "\(who) came with \(yes), without \(no).",
    "\(who) has \(yes). \(pronoun) has not had any \(no).", "Presents with \(yes); negative for \(no). \(who).",
  ])
  return (text + end, true)
}
