import Foundation

/// An example as plugins say it: `prompt` and `target`, and where wanted `id`, `references`, `choices`, `cluster`.
struct ExampleLine: Decodable {
  var prompt: String
  var target: String
  var id: String?
  var references: [String]?
  var choices: [String]?
  var cluster: String?

  /// Why a text is not an example.
  struct Mistake: Error {
    var reason: String
  }

  /// The example in a JSON object, called `number` where it has no id.
  static func example(
    _ text: String, number: Int, outputType: OutputType
  ) throws(Mistake) -> TaskExample {
    let line: ExampleLine
    do {
      line = try JSONDecoder().decode(ExampleLine.self, from: Data(text.utf8))
    } catch DecodingError.keyNotFound(let key, _) {
      throw Mistake(reason: "there is no \"\(key.stringValue)\"")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      let key = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw Mistake(reason: key.isEmpty ? "it is not a JSON object" : "\"\(key)\" is not of the right type")
    } catch {
      throw Mistake(reason: "it is not a JSON object: \(text.prefix(60))")
    }
    if line.target.allSatisfy(\.isWhitespace) { throw Mistake(reason: "\"target\" is empty") }
    let choices = line.choices ?? []
    if outputType == .multipleChoice || !choices.isEmpty {
      if choices.count < 2 { throw Mistake(reason: "\"choices\" must list at least two answers") }
      if !choices.contains(line.target) {
        throw Mistake(reason: "the target `\(line.target)` is not among the choices")
      }
    }
    return TaskExample(
      id: line.id ?? "\(number)", prompt: line.prompt, target: line.target, references: line.references,
      choices: choices, cluster: line.cluster)
  }
}

/// What a plugin's metric is told about an answer.
struct OutcomeLine: Encodable {
  var prediction: String?
  var references: [String]
  var choices: [String]
  /// Negative log-likelihoods (nats) of the choices, each summed over its tokens.
  var likelihoods: [Double]
  /// The right choice's place, from 0.
  var gold: Int?

  init(_ outcome: ExampleOutcome) {
    prediction = outcome.prediction
    references = outcome.references
    choices = outcome.choices
    likelihoods = outcome.choiceLikelihoods.map(\.nll)
    gold = outcome.goldChoice
  }

  /// One line of JSON.
  static func json(_ outcome: ExampleOutcome) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(OutcomeLine(outcome))
  }
}
