/// What both file formats say about a tokenizer, before it is checked.
struct TokenizerParts {
  let path: String
  /// Token texts, in GPT-2's byte alphabet, by id; nil where no token has the id.
  var tokens: [String?]
  /// Pairs of token texts, the earliest merge first.
  var merges: [(Substring, Substring)]
  var added: [AddedTokens.Token]
  var preTokenizer: PreTokenizer
  /// Whether a piece that is a token stays whole whatever the merges say.
  var ignoresMerges = false
  var unknownToken: Int32?
  var bosToken: Int32?
  var eosToken: Int32?
  var addsBOS = false

  // Above any vocabulary; keeps a hostile id from filling memory.
  static let maximumVocabulary = 1 << 22
}

/// The lookups made of `TokenizerParts`, with every id checked.
struct TokenizerVocabulary {
  let tokenBytes: [[UInt8]?]
  let ids: [[UInt8]: Int32]

  init(_ parts: TokenizerParts) throws {
    let alphabet = ByteAlphabet()
    var tokenBytes: [[UInt8]?] = []
    var ids: [[UInt8]: Int32] = [:]
    tokenBytes.reserveCapacity(parts.tokens.count)
    ids.reserveCapacity(parts.tokens.count)
    for (id, token) in parts.tokens.enumerated() {
      if let token, let bytes = alphabet.decode(token) {
        if ids[bytes] == nil { ids[bytes] = Int32(id) }
        tokenBytes.append(bytes)
      } else {
        tokenBytes.append(token.map { Array($0.utf8) })
      }
    }
    for token in parts.added {
      guard token.id >= 0, token.id < tokenBytes.count else {
        throw FormatError.damaged(path: parts.path, reason: "added token \(token.id) is outside the vocabulary")
      }
      tokenBytes[Int(token.id)] = token.bytes
    }
    for id in [parts.bosToken, parts.eosToken, parts.unknownToken].compactMap(\.self) {
      guard tokenBytes.indices.contains(Int(id)) else {
        throw FormatError.damaged(path: parts.path, reason: "special token \(id) is outside the vocabulary")
      }
    }
    self.tokenBytes = tokenBytes
    self.ids = ids
  }

  func encoder(_ parts: TokenizerParts) throws -> BytePairEncoder {
    let alphabet = ByteAlphabet()
    func id(_ text: Substring) -> (bytes: [UInt8], id: Int32)? {
      alphabet.decode(text).flatMap { bytes in ids[bytes].map { (bytes, $0) } }
    }
    var merges: [UInt64: BytePairEncoder.Merge] = [:]
    merges.reserveCapacity(parts.merges.count)
    for (rank, pair) in parts.merges.enumerated() {
      guard let left = id(pair.0), let right = id(pair.1), let merged = ids[left.bytes + right.bytes] else {
        throw FormatError.damaged(
          path: parts.path, reason: "merge \(rank), \(pair.0) \(pair.1), is of tokens outside the vocabulary")
      }
      merges[BytePairEncoder.key(left.id, right.id)] = .init(rank: Int32(rank), token: merged)
    }
    return BytePairEncoder(
      byteTokens: (0...UInt8.max).map { ids[[$0]] ?? -1 }, unknownToken: parts.unknownToken, merges: merges,
      wholePieces: parts.ignoresMerges ? ids : [:])
  }
}
