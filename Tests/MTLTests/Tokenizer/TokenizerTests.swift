import Foundation
import MTL
import Testing

/// One line of tokenization.jsonl.
private struct Tokenization: Decodable {
  let text: String
  let ids: [Int32]
  let decoded: String

  static func all() throws -> [Tokenization] {
    let text = try String(contentsOfFile: fixture("smollm2-135m/tokenization.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { try JSONDecoder().decode(Tokenization.self, from: Data($0.utf8)) }
  }
}

@Suite struct TokenizerTests {
  @Test func everyReferenceTextEncodesAndDecodesAsTheReferenceDoes() throws {
    let tokenizer = try BaseModelFixture.source().tokenizer()
    let lines = try Tokenization.all()
    #expect(lines.count == 296)
    for line in lines {
      #expect(tokenizer.encode(line.text) == line.ids, "\(line.text.debugDescription)")
      #expect(try tokenizer.decode(line.ids).utf8.elementsEqual(line.decoded.utf8), "\(line.text.debugDescription)")
    }
  }

  @Test(arguments: [false, true]) func tokenizerJSONGivesTheSameTokens(mergesAsPairs: Bool) throws {
    let tokenizer = try TokenizerJSON.open(preTokenizer: TokenizerJSON.byteLevel, mergesAsPairs: mergesAsPairs)
    #expect(tokenizer.bosToken == 1 && tokenizer.eosToken == 2 && !tokenizer.addsBOS)
    #expect(try tokenizer.vocabularySize == BaseModelFixture.source().tokenizer().vocabularySize)
    for line in try Tokenization.all() {
      #expect(tokenizer.encode(line.text) == line.ids, "\(line.text.debugDescription)")
      #expect(try tokenizer.decode(line.ids).utf8.elementsEqual(line.decoded.utf8))
    }
  }

  /// Fixtures/pre-tokenizers.jsonl: made with huggingface/tokenizers 0.23 on SmolLM2's vocabulary and merges.
  private struct Variant: Decodable {
    let text: String
    let digits: [Int32]
    let llama3: [Int32]
  }

  @Test func otherPreTokenizersGiveTheReferencesTokens() throws {
    let digits = try TokenizerJSON.open(preTokenizer: [
      "type": "Sequence",
      "pretokenizers": [["type": "Digits", "individual_digits": true], TokenizerJSON.byteLevel],
    ])
    let llama3 = try TokenizerJSON.open(
      preTokenizer: [
        "type": "Sequence",
        "pretokenizers": [
          ["type": "Split", "pattern": ["Regex": PreTokenizerTests.llama3], "behavior": "Isolated", "invert": false],
          ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
        ],
      ], ignoreMerges: true)
    let lines = try String(contentsOfFile: fixture("pre-tokenizers.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count >= 400)
    for line in lines {
      let variant = try JSONDecoder().decode(Variant.self, from: Data(line.utf8))
      #expect(digits.encode(variant.text) == variant.digits, "\(variant.text.debugDescription)")
      #expect(llama3.encode(variant.text) == variant.llama3, "\(variant.text.debugDescription)")
    }
  }

  @Test func specialTokensAreTextUnlessParsed() throws {
    let tokenizer = try BaseModelFixture.source().tokenizer()
    #expect(tokenizer.bosToken == 1 && tokenizer.eosToken == 2)
    #expect(tokenizer.id(of: "<|im_end|>") == 2)
    #expect(tokenizer.id(of: "no such token") == nil)
    #expect(tokenizer.isSpecial(2) && !tokenizer.isSpecial(100))
    #expect(tokenizer.encode("a<|im_end|>") == [81, 2])
    let text = tokenizer.encode("a<|im_end|>", parseSpecial: false)
    #expect(!text.contains(2))
    #expect(try tokenizer.decode(text) == "a<|im_end|>")
    #expect(try tokenizer.decode([81, 2], skipSpecial: true) == "a")
  }

  @Test(arguments: [-1, 49152, Int32.max]) func anIDOutsideTheVocabularyIsAnError(id: Int32) throws {
    let tokenizer = try BaseModelFixture.source().tokenizer()
    #expect(throws: TokenizerError.invalidToken(id: id, vocabularySize: 49152)) { try tokenizer.decode([81, id]) }
  }

  @Test func tokensMayEndWithinACharacter() throws {
    let tokenizer = try BaseModelFixture.source().tokenizer()
    let ids = tokenizer.encode("한")
    #expect(ids.count > 1)
    #expect(try tokenizer.decodeBytes(ids) == Array("한".utf8))
    #expect(try tokenizer.decode(ids.dropLast()).contains("\u{fffd}"))
  }

  /// The definition of BPE, quadratic: the lowest-ranked pair anywhere is merged until none is left.
  private func naive(_ text: String, ranks: [String: Int]) -> [String] {
    var tokens = text.map(String.init)
    while true {
      let pairs = zip(tokens, tokens.dropFirst()).enumerated()
      let best = pairs.compactMap { i, pair in ranks["\(pair.0) \(pair.1)"].map { (rank: $0, i: i) } }
        .min { ($0.rank, $0.i) < ($1.rank, $1.i) }
      guard let best else { return tokens }
      tokens[best.i] += tokens.remove(at: best.i + 1)
    }
  }

  @Test func mergesEqualTheNaiveOnesAtEveryLength() throws {
    let file = try GGUFFile(path: BaseModelFixture.path())
    let merges = try #require(file.metadata["tokenizer.ggml.merges"]?.arrayValue).compactMap(\.stringValue)
    let ranks = Dictionary(uniqueKeysWithValues: zip(merges, merges.indices))
    let tokenizer = try BaseModelFixture.source().tokenizer()
    var generator = SeededGenerator(seed: 5)
    for length in Array(1...40) + [63, 64, 65, 200, 500] {
      for letters in ["ab", "etaoinshr", "abcdefghijklmnopqrstuvwxyz"].map(Array.init) {
        let text = String((0..<length).map { _ in letters.randomElement(using: &generator) ?? "a" })
        let tokens = try tokenizer.encode(text).map { try tokenizer.decode([$0]) }
        #expect(tokens == naive(text, ranks: ranks), "\(text)")
      }
    }
  }

  @Test func aLongRunTakesNoLongerThanItsLengthExplains() throws {
    let tokenizer = try BaseModelFixture.source().tokenizer()
    let prose = String(repeating: "The patient was given 500 mg of amoxicillin twice daily. ", count: 2000)
    let run = String(repeating: "abcdefghij", count: 20_000)
    for text in [prose, run, String(repeating: " ", count: 200_000), String(repeating: "<", count: 200_000)] {
      let clock = ContinuousClock()
      var ids: [Int32] = []
      let time = clock.measure { ids = tokenizer.encode(text) }
      // Milliseconds; what is quadratic takes minutes.
      #expect(time < .seconds(3))
      #expect(try tokenizer.decode(ids) == text)
    }
  }
}
