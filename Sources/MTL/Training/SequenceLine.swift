import Foundation

/// One line of a JSON Lines file of sequences: `{"prompt", "completion"}` or `{"input_ids", "labels"}`, where a label
/// below zero (Hugging Face's -100) means that the token is not predicted.
public struct SequenceLine: Decodable, Sendable {
  /// Text before what is predicted.
  public var prompt: String?
  /// Text that is predicted.
  public var completion: String?
  /// Token ids.
  public var inputIDs: [Int32]?
  /// As many labels, negative for none.
  public var labels: [Int32]?

  enum CodingKeys: String, CodingKey {
    case prompt, completion, labels
    case inputIDs = "input_ids"
  }

  /// Reads one line of JSON; `name` is its file and line, for messages.
  ///
  /// - Throws: ``SequenceLineError``.
  public static func sequence(
    _ line: Substring, name: String, format: PromptFormat, vocabularySize: Int
  ) throws -> TokenSequence {
    let decoded: SequenceLine
    do {
      decoded = try JSONDecoder().decode(SequenceLine.self, from: Data(line.utf8))
    } catch { throw SequenceLineError.notJSON(name: name) }
    if let ids = decoded.inputIDs, let labels = decoded.labels {
      guard !ids.isEmpty, ids.count == labels.count else {
        throw SequenceLineError.unequalLengths(name: name, ids: ids.count, labels: labels.count)
      }
      guard let bad = ids.first(where: { $0 < 0 || Int($0) >= vocabularySize }) else {
        guard zip(ids, labels).allSatisfy({ $1 < 0 || $0 == $1 }) else {
          throw SequenceLineError.otherLabels(name: name)
        }
        return TokenSequence(ids: ids, isLabel: labels.map { $0 >= 0 })
      }
      throw SequenceLineError.unknownToken(name: name, id: Int(bad), vocabulary: vocabularySize)
    }
    guard let prompt = decoded.prompt, let completion = decoded.completion else {
      throw SequenceLineError.missingKeys(name: name)
    }
    let (promptIDs, answer) = try format.encode(prompt: prompt, answer: completion)
    guard !promptIDs.isEmpty else { throw SequenceLineError.emptyPrompt(name: name) }
    return TokenSequence(prompt: promptIDs, answer: answer)
  }

  /// Reads a file, an example a line; empty lines are skipped.
  ///
  /// - Throws: ``SequenceLineError`` with file and line, `FormatError.unreadable`.
  public static func read(_ path: String, format: PromptFormat, vocabularySize: Int) throws -> [TrainingExample] {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch { throw FormatError.unreadable(path: path, reason: "it is missing or not UTF-8 text") }
    return try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      if line.allSatisfy(\.isWhitespace) { return nil }
      let name = "\(path):\(number + 1)"
      return TrainingExample(
        name: name,
        sequence: try sequence(line, name: name, format: format, vocabularySize: vocabularySize))
    }
  }
}

/// A line that is not a sequence.
public enum SequenceLineError: Error, Sendable, Equatable {
  /// It is not a JSON object with values of the right types.
  case notJSON(name: String)
  /// Neither pair of keys is there.
  case missingKeys(name: String)
  /// There are not as many labels as ids, or none.
  case unequalLengths(name: String, ids: Int, labels: Int)
  /// A token id outside the vocabulary.
  case unknownToken(name: String, id: Int, vocabulary: Int)
  /// A label that is not the token at its place.
  case otherLabels(name: String)
  /// Nothing comes before the completion.
  case emptyPrompt(name: String)
}

extension SequenceLineError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .notJSON(let name):
      "\(name) is not a JSON object with \"prompt\" and \"completion\" texts, or \"input_ids\" and \"labels\" lists"
    case .missingKeys(let name):
      "\(name) needs the keys \"prompt\" and \"completion\", or \"input_ids\" and \"labels\""
    case .unequalLengths(let name, let ids, let labels):
      "\(name) has \(ids) input_ids and \(labels) labels; there must be as many, at least one"
    case .unknownToken(let name, let id, let vocabulary):
      "\(name) has the token id \(id), and the base's ids are 0 to \(vocabulary - 1)"
    case .otherLabels(let name):
      "\(name) has a label that is not the token at its place; give the token itself, or -100 for no label"
    case .emptyPrompt(let name):
      "\(name) has an empty prompt, and the base has no token to begin with; give it a prompt"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
