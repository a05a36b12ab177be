/// Hashes of a text's words: runs of letters and digits, lower-cased.
func wordHashes(_ text: String) -> [UInt64] {
  var hashes: [UInt64] = []
  var hash: UInt64 = 14_695_981_039_346_656_037
  var isInWord = false
  for byte in text.lowercased().utf8 {
    // Bytes of characters beyond ASCII count as letters.
    let isWord = byte >= 0x80 || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    if isWord {
      hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
    } else if isInWord {
      hashes.append(hash)
      hash = 14_695_981_039_346_656_037
    }
    isInWord = isWord
  }
  if isInWord { hashes.append(hash) }
  return hashes
}

/// One hash of a run of words.
func runHash(_ words: ArraySlice<UInt64>) -> UInt64 {
  var hash = UInt64(truncatingIfNeeded: words.count)
  for word in words {
    hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 29
  }
  return hash
}

/// The words that all prompts of a task begin and end with: its instruction, which is no overlap.
struct SharedWords {
  var prefix: [UInt64] = []
  var suffix: [UInt64] = []

  /// What a sample of prompts has in common; nothing where there are fewer than two.
  init(_ prompts: [[UInt64]]) {
    guard prompts.count > 1, let first = prompts.first else { return }
    prefix = first
    for prompt in prompts { prefix = Array(zip(prefix, prompt).prefix { $0 == $1 }.map(\.0)) }
    // A prompt that is a part of all others must not be taken twice.
    let shortest = prompts.map(\.count).min() ?? 0
    suffix = first.reversed()
    for prompt in prompts { suffix = Array(zip(suffix, prompt.reversed()).prefix { $0 == $1 }.map(\.0)) }
    suffix = suffix.prefix(shortest - prefix.count).reversed()
  }

  /// The words between.
  func body(_ words: [UInt64]) -> ArraySlice<UInt64> {
    var body = words[...]
    if body.starts(with: prefix) { body = body.dropFirst(prefix.count) }
    if body.suffix(suffix.count) == suffix[...] { body = body.dropLast(suffix.count) }
    return body
  }
}
