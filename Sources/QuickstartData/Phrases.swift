/// "a" or "an" with the phrase, by sound.
func withArticle(_ phrase: String) -> String {
  let spelledWithVowelSound = ["SGLT2", "MAO-B", "SSRI", "NSAID", "MRI", "SV2A", "NMDA"]
  let startsWithVowelSound =
    spelledWithVowelSound.contains { phrase.hasPrefix($0) } || phrase.first.map { "aeioAEIO".contains($0) } ?? false
  return (startsWithVowelSound ? "an " : "a ") + phrase
}

/// "a", "a and b", "a, b and c".
func joinedWithAnd(_ items: [String]) -> String {
  guard let last = items.last, items.count > 1 else { return items.first ?? "" }
  return items.dropLast().joined(separator: ", ") + " and " + last
}

/// "a", "a or b", "a, b or c".
func joinedWithOr(_ items: [String]) -> String {
  guard let last = items.last, items.count > 1 else { return items.first ?? "" }
  return items.dropLast().joined(separator: ", ") + " or " + last
}

/// The text with a capital first letter, for the start of a sentence.
func sentenceCase(_ text: String) -> String {
  text.prefix(1).uppercased() + text.dropFirst()
}

/// A made-up patient, for notes.
struct Patient {
  let age: Int
  let sex: Sex

  /// "he" or "she".
  var pronoun: String { sex == .female ? "she" : "he" }
  /// "man", "woman", "boy" or "girl".
  var noun: String {
    switch sex {
    case .female: age < 18 ? "girl" : "woman"
    case .male: age < 18 ? "boy" : "man"
    }
  }
  /// "64-year-old woman".
  var description: String { "\(age)-year-old \(noun)" }
  /// "A 64-year-old woman", "An 8-year-old girl".
  var introduced: String {
    ([8, 11, 18].contains(age) || (80...89).contains(age) ? "An " : "A ") + description
  }
  /// "64 F".
  var short: String { "\(age) \(sex == .female ? "F" : "M")" }
}

extension SplitMix64 {
  /// A patient of a plausible age and sex.
  mutating func patient(ages: ClosedRange<Int> = 25...80, sex: Sex? = nil) -> Patient {
    let age = draw(in: ages)
    let drawn = pick(Sex.allCases)
    return Patient(age: age, sex: sex ?? drawn)
  }

  /// Up to `count` elements, no two of which share an area.
  mutating func apart<Element>(
    _ count: Int, of elements: [Element], areas: (Element) -> [String]
  ) -> [Element] {
    var taken: Set<String> = []
    var result: [Element] = []
    for element in shuffled(elements) where result.count < count {
      if taken.isDisjoint(with: areas(element)) {
        taken.formUnion(areas(element))
        result.append(element)
      }
    }
    return result
  }
}
