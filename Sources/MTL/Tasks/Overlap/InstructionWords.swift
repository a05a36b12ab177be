/// The words that a task's prompts begin and end with again and again: its instruction, which is no overlap.
struct InstructionWords {
  /// Prompts that are looked at to find it.
  static let sampleSize = 2000
  /// Fewer words in common may begin or end questions of their own, such as "what is the".
  private static let fewestWords = 4
  private static let mostWords = 256

  /// What all prompts have in common.
  private var prefix: [UInt64] = []
  private var suffix: [UInt64] = []
  /// Beginnings and ends, within that, that one in twenty prompts have: an instruction may be put in several ways.
  private var frequentPrefixes: Set<UInt64> = []
  private var frequentSuffixes: Set<UInt64> = []

  /// What a sample of prompts, as hashes of their words, has in common; nothing where there are fewer than two.
  init(_ prompts: [[UInt64]]) {
    guard prompts.count > 1, let first = prompts.first else { return }
    prefix = first
    for prompt in prompts { prefix = Array(zip(prefix, prompt).prefix { $0 == $1 }.map(\.0)) }
    // A prompt that is a part of all others must not be taken twice.
    let shortest = prompts.map(\.count).min() ?? 0
    suffix = first.reversed()
    for prompt in prompts { suffix = Array(zip(suffix, prompt.reversed()).prefix { $0 == $1 }.map(\.0)) }
    suffix = suffix.prefix(shortest - prefix.count).reversed()
    let enough = max(5, prompts.count / 20)
    let bodies = prompts.map { $0[body($0)] }
    frequentPrefixes = Self.frequent(bodies.map { Self.running($0) }, enough)
    frequentSuffixes = Self.frequent(bodies.map { Self.running($0.reversed()) }, enough)
  }

  /// Where the words are that not all prompts have.
  func body(_ words: [UInt64]) -> Range<Int> {
    var body = words[...]
    if body.starts(with: prefix) { body = body.dropFirst(prefix.count) }
    if body.suffix(suffix.count) == suffix[...] { body = body.dropLast(suffix.count) }
    return body.startIndex..<body.endIndex
  }

  /// Where the words are that belong to no wording of the instruction.
  func own(_ words: [UInt64]) -> Range<Int> {
    let range = body(words)
    let start = range.lowerBound + Self.length(words[range], frequentPrefixes)
    let end = range.upperBound - Self.length(words[start..<range.upperBound].reversed(), frequentSuffixes)
    return start..<end
  }

  private static func length(_ words: some Sequence<UInt64>, _ frequent: Set<UInt64>) -> Int {
    let count = running(words).prefix { frequent.contains($0) }.count
    return count < fewestWords ? 0 : count
  }

  /// The hashes of a sequence's beginnings, one word longer each.
  private static func running(_ words: some Sequence<UInt64>) -> [UInt64] {
    var hash: UInt64 = 0
    return words.prefix(mostWords).map { word in
      hash = runHash([hash, word])
      return hash
    }
  }

  private static func frequent(_ hashes: [[UInt64]], _ enough: Int) -> Set<UInt64> {
    var counts: [UInt64: Int] = [:]
    for hash in hashes.joined() { counts[hash, default: 0] += 1 }
    return Set(counts.filter { $0.value >= enough }.keys)
  }
}
