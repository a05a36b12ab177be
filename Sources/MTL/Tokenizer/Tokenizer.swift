/// A byte-level BPE tokenizer, equal to the reference implementation token for token.
///
/// Source: Sennrich et al. 2016 (BPE), Radford et al. 2019 (on bytes); huggingface/tokenizers for the details.
public final class Tokenizer: Sendable {
  /// The token a text begins with, where the model names one.
  public let bosToken: Int32?
  /// The token that ends a text, where the model names one.
  public let eosToken: Int32?
  /// Whether the model was made to see `bosToken` before every text; `encode` leaves that to its caller.
  public let addsBOS: Bool
  private let tokenBytes: [[UInt8]?]
  private let special: Set<Int32>
  private let ids: [[UInt8]: Int32]
  private let added: AddedTokens
  private let preTokenizer: PreTokenizer
  private let encoder: BytePairEncoder

  init(_ parts: TokenizerParts) throws {
    let vocabulary = try TokenizerVocabulary(parts)
    tokenBytes = vocabulary.tokenBytes
    special = Set(parts.added.filter(\.isSpecial).map(\.id))
    ids = vocabulary.ids.merging(parts.added.map { ($0.bytes, $0.id) }) { $1 }
    added = AddedTokens(parts.added)
    preTokenizer = parts.preTokenizer
    encoder = try vocabulary.encoder(parts)
    bosToken = parts.bosToken
    eosToken = parts.eosToken
    addsBOS = parts.addsBOS
  }

  /// One more than the largest token id.
  public var vocabularySize: Int { tokenBytes.count }

  /// The tokens of `text`; special tokens written in it are recognised unless `parseSpecial` is false.
  public func encode(_ text: String, parseSpecial: Bool = true) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var ids: [Int32] = []
      ids.reserveCapacity(bytes.count / 3 + 8)
      var workspace = BytePairEncoder.Workspace()
      added.split(bytes, includingSpecial: parseSpecial) { range in
        preTokenizer.split(bytes, range) { piece in encoder.encode(bytes[piece], &workspace, into: &ids) }
      } token: {
        ids.append($0)
      }
      return ids
    }
  }

  /// The text of `ids`; bytes that are not UTF-8 become U+FFFD.
  ///
  /// - Throws: `TokenizerError.invalidToken`.
  public func decode(_ ids: some Sequence<Int32>, skipSpecial: Bool = false) throws -> String {
    String(decoding: try decodeBytes(ids, skipSpecial: skipSpecial), as: UTF8.self)
  }

  /// The bytes of `ids`: a token may end within a character.
  ///
  /// - Throws: `TokenizerError.invalidToken`.
  public func decodeBytes(_ ids: some Sequence<Int32>, skipSpecial: Bool = false) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids {
      guard tokenBytes.indices.contains(Int(id)), let token = tokenBytes[Int(id)] else {
        throw TokenizerError.invalidToken(id: id, vocabularySize: vocabularySize)
      }
      if skipSpecial, special.contains(id) { continue }
      bytes += token
    }
    return bytes
  }

  /// The token whose text is exactly `token`, such as `<|im_end|>` or ` the`.
  public func id(of token: String) -> Int32? { ids[Array(token.utf8)] }

  /// Whether `id` is a special token, one that is not text.
  public func isSpecial(_ id: Int32) -> Bool { special.contains(id) }
}
