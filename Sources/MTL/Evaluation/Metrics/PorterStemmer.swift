/// The Porter stemmer (Porter 1980) with the extensions of NLTK's default mode, which is what rouge-score stems with.
///
/// Words are ASCII letters and digits in lower case.
package enum PorterStemmer {
  private typealias Word = [UInt8]
  private typealias Rule = (suffix: String, replacement: String)

  private static let irregular: [String: String] = [
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news", "innings": "inning",
    "inning": "inning", "outings": "outing", "outing": "outing", "cannings": "canning", "canning": "canning",
    "howe": "howe", "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
  ]

  private static let step2: [Rule] = [
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
  ]

  private static let step3: [Rule] = [
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
  ]

  private static let step4 = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
    "ous", "ive", "ize",
  ]

  /// The stem of a word.
  package static func stem(_ word: [UInt8]) -> [UInt8] {
    if let stem = irregular[String(decoding: word, as: UTF8.self)] { return Array(stem.utf8) }
    if word.count <= 2 { return word }
    var word = withoutPlural(word)
    word = withoutParticiple(word)
    if let stem = word.dropping("y"), stem.count > 1, isConsonant(stem).last == true { word = stem + "i".utf8 }
    word = derived(word)
    word = apply(step3, to: word)
    word = withoutEnding(word)
    return withoutFinalE(word)
  }

  /// Step 1a.
  private static func withoutPlural(_ word: Word) -> Word {
    if let stem = word.dropping("ies") { return stem + (word.count == 4 ? "ie" : "i").utf8 }
    if word.dropping("sses") != nil { return word.dropLast(2) }
    return word.dropping("ss") == nil ? word.dropping("s") ?? word : word
  }

  /// Step 1b.
  private static func withoutParticiple(_ word: Word) -> Word {
    if let stem = word.dropping("ied") { return stem + (word.count == 4 ? "ie" : "i").utf8 }
    if let stem = word.dropping("eed") { return measure(stem) > 0 ? stem + "ee".utf8 : word }
    let stems = [word.dropping("ed"), word.dropping("ing")].compactMap { $0 }
    guard let stem = stems.first(where: { isConsonant($0).contains(false) }), let last = stem.last else { return word }
    for (suffix, replacement) in [("at", "ate"), ("bl", "ble"), ("iz", "ize")] {
      if let rest = stem.dropping(suffix) { return rest + replacement.utf8 }
    }
    if stem.count >= 2, last == stem[stem.count - 2], isConsonant(stem).last == true {
      return "lsz".utf8.contains(last) ? stem : stem.dropLast()
    }
    return measure(stem) == 1 && endsInShortSyllable(stem) ? stem + "e".utf8 : stem
  }

  /// Step 2.
  private static func derived(_ word: Word) -> Word {
    if let stem = word.dropping("alli"), measure(stem) > 0 { return derived(stem + "al".utf8) }
    if let rule = step2.first(where: { word.dropping($0.suffix) != nil }) { return apply([rule], to: word) }
    return word.dropping("logi") != nil && measure(word.dropLast(3)) > 0 ? word.dropLast() : word
  }

  /// Step 4.
  private static func withoutEnding(_ word: Word) -> Word {
    for suffix in step4 {
      guard let stem = word.dropping(suffix) else { continue }
      let fits = suffix != "ion" || stem.last.map { "st".utf8.contains($0) } == true
      return fits && measure(stem) > 1 ? stem : word
    }
    return word
  }

  /// Steps 5a and 5b.
  private static func withoutFinalE(_ word: Word) -> Word {
    var word = word
    if let stem = word.dropping("e") {
      let size = measure(stem)
      if size > 1 || size == 1 && !endsInShortSyllable(stem) { word = stem }
    }
    return word.dropping("ll") != nil && measure(word.dropLast()) > 1 ? word.dropLast() : word
  }

  /// The first rule whose suffix the word has is applied, if what is left has a full syllable.
  private static func apply(_ rules: [Rule], to word: Word) -> Word {
    for rule in rules {
      if let stem = word.dropping(rule.suffix) { return measure(stem) > 0 ? stem + rule.replacement.utf8 : word }
    }
    return word
  }

  /// For each letter; a `y` is one at the start and after a vowel.
  private static func isConsonant(_ word: Word) -> [Bool] {
    var flags: [Bool] = []
    for letter in word {
      flags.append(letter == UInt8(ascii: "y") ? !(flags.last ?? false) : !"aeiou".utf8.contains(letter))
    }
    return flags
  }

  /// How often a consonant follows a vowel.
  private static func measure(_ word: Word) -> Int {
    let flags = isConsonant(word)
    return zip(flags, flags.dropFirst()).reduce(0) { $0 + (!$1.0 && $1.1 ? 1 : 0) }
  }

  private static func endsInShortSyllable(_ word: Word) -> Bool {
    let flags = isConsonant(word)
    if word.count == 2 { return !flags[0] && flags[1] }
    guard let last = word.last, flags.count >= 3 else { return false }
    return Array(flags.suffix(3)) == [true, false, true] && !"wxy".utf8.contains(last)
  }
}

extension [UInt8] {
  /// The word without a suffix; nil where it does not have it.
  fileprivate func dropping(_ suffix: String) -> [UInt8]? {
    let ending = suffix.utf8
    return count >= ending.count && self[(count - ending.count)...].elementsEqual(ending)
      ? Array(dropLast(ending.count)) : nil
  }
}
