import Foundation
import MTL
import Testing

/// SmolLM2-135M-Instruct as `script/setup` fetched it, loaded once for all tests, and its reference numbers.
struct SmolLM {
  struct Numbers: Decodable {
    struct Example: Decodable {
      struct Top: Decodable {
        var ids: [Int32]
        var logits: [Float]
      }
      var question: String
      var answer: String
      var prompt_ids: [Int32]
      var answer_ids: [Int32]
      var answer_nll_sum: Double
      var first_answer_token_top10: Top
      var greedy_ids: [Int32]
      var greedy_text: String

      var sequence: TokenSequence { TokenSequence(prompt: prompt_ids, answer: answer_ids) }
    }
    struct Training: Decodable {
      var step_loss: [Double]
      var step_grad_norm: [Double]
    }
    var examples: [Example]
    var training: Training
  }

  let model: LanguageModel
  let numbers: Numbers

  static func load() throws -> SmolLM { try shared.get() }

  /// The settings of the fixture's adapter.
  static let loraSettings = LoRASettings(rank: 2, alpha: 4, targets: [.q, .v])

  private static let shared = Result {
    let url = try fixtureURL("smollm2-135m/reference.json")
    return SmolLM(
      model: try LanguageModel(try BaseModelFixture.source()),
      numbers: try JSONDecoder().decode(Numbers.self, from: Data(contentsOf: url)))
  }
}
