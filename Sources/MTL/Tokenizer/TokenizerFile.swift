/// The parts of `tokenizer.json` that matter.
struct TokenizerFile: Decodable {
  struct Added: Decodable {
    let id: Int
    let content: String
    let special: Bool?
    let lstrip: Bool?
    let rstrip: Bool?
    let singleWord: Bool?

    enum CodingKeys: String, CodingKey {
      case id, content, special, lstrip, rstrip
      case singleWord = "single_word"
    }
  }

  struct Model: Decodable {
    let type: String?
    let vocabulary: [String: Int]
    let merges: [[String]]
    let unknownToken: String?
    let ignoreMerges: Bool?
    let byteFallback: Bool?
    let dropout: Double?
    let prefix: String?
    let suffix: String?

    enum CodingKeys: String, CodingKey {
      case type, merges, dropout
      case vocabulary = "vocab"
      case unknownToken = "unk_token"
      case ignoreMerges = "ignore_merges"
      case byteFallback = "byte_fallback"
      case prefix = "continuing_subword_prefix"
      case suffix = "end_of_word_suffix"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      type = try container.decodeIfPresent(String.self, forKey: .type)
      // Other kinds of model keep their vocabulary otherwise; the caller refuses them by name.
      let isBPE = type == nil || type == "BPE"
      vocabulary = isBPE ? try container.decode([String: Int].self, forKey: .vocabulary) : [:]
      merges = isBPE ? try Self.merges(container) : []
      unknownToken = isBPE ? try container.decodeIfPresent(String.self, forKey: .unknownToken) : nil
      ignoreMerges = try container.decodeIfPresent(Bool.self, forKey: .ignoreMerges)
      byteFallback = try container.decodeIfPresent(Bool.self, forKey: .byteFallback)
      dropout = try container.decodeIfPresent(Double.self, forKey: .dropout)
      prefix = try container.decodeIfPresent(String.self, forKey: .prefix)
      suffix = try container.decodeIfPresent(String.self, forKey: .suffix)
    }

    /// Older files write a merge as "a b", newer ones as ["a", "b"].
    private static func merges(_ container: KeyedDecodingContainer<CodingKeys>) throws -> [[String]] {
      if let pairs = try? container.decode([[String]].self, forKey: .merges) { return pairs }
      return try container.decode([String].self, forKey: .merges).map { text in
        text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      }
    }
  }

  struct Pattern: Decodable {
    let regex: String?

    enum CodingKeys: String, CodingKey { case regex = "Regex" }
  }

  /// A pre-tokenizer, or a sequence of them.
  struct Splitter: Decodable {
    let type: String
    let pretokenizers: [Splitter]?
    let pattern: Pattern?
    let behavior: String?
    let invert: Bool?
    let addPrefixSpace: Bool?
    let useRegex: Bool?
    let individualDigits: Bool?

    enum CodingKeys: String, CodingKey {
      case type, pretokenizers, pattern, behavior, invert
      case addPrefixSpace = "add_prefix_space"
      case useRegex = "use_regex"
      case individualDigits = "individual_digits"
    }
  }

  /// A decoder or normalizer, of which only the kind matters.
  struct Kind: Decodable {
    let type: String
    let normalizers: [Kind]?
  }

  struct PostProcessor: Decodable {
    struct Piece: Decodable {
      struct Special: Decodable { let id: String }
      let special: Special?

      enum CodingKeys: String, CodingKey { case special = "SpecialToken" }
    }

    let single: [Piece]?
    let processors: [PostProcessor]?

    /// Whether a special token is put before every text.
    var prepends: Bool {
      single?.first?.special != nil || (processors ?? []).contains(where: \.prepends)
    }
  }

  let addedTokens: [Added]?
  let normalizer: Kind?
  let preTokenizer: Splitter?
  let postProcessor: PostProcessor?
  let decoder: Kind?
  let model: Model

  enum CodingKeys: String, CodingKey {
    case normalizer, decoder, model
    case addedTokens = "added_tokens"
    case preTokenizer = "pre_tokenizer"
    case postProcessor = "post_processor"
  }
}
