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

/// The words that ``wordHashes(_:)`` hashes.
func wordTexts(_ text: String) -> [String] {
  text.lowercased().utf8.split { !($0 >= 0x80 || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)) }.map {
    String(Substring($0))
  }
}
