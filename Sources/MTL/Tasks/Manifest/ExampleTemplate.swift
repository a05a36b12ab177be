import Foundation

/// How a row becomes an example.
struct ExampleTemplate: Sendable {
  /// A field, by its dotted path, or a template.
  enum Part: Sendable {
    case field(String)
    case template(TextTemplate)

    func text(_ row: DataRow, file: String) throws(TaskError) -> String {
      switch self {
      case .field(let path): try row.required(path, file: file).text
      case .template(let template): try template.text(of: row, file: file)
      }
    }

    /// The elements of a field with a list, or the one text.
    func texts(_ row: DataRow, file: String) throws(TaskError) -> [String] {
      if case .field(let path) = self, let texts = try row.required(path, file: file).texts { return texts }
      return [try text(row, file: file)]
    }
  }

  /// The answers to choose among.
  enum Choices: Sendable {
    /// A field with a list, or with an object whose values are taken in the order of its keys.
    case field(String)
    /// Each a fixed text or a template.
    case parts([Part])
  }

  /// Stands before every prompt.
  var description = ""
  var prompt: Part
  var target: Part
  /// What answers as the data has them are called; the right-hand sides may be templates.
  var labels: [String: Part] = [:]
  var choices: Choices?
  /// Answers are cut after so many words.
  var maximumTargetWords: Int?
  /// Further acceptable answers.
  var references: [Part] = []
  var id: Part?
  var cluster: Part?

  /// Whether every example has the same choices.
  var hasFixedChoices: Bool {
    guard case .parts(let parts) = choices else { return false }
    return parts.allSatisfy { if case .template(let template) = $0 { template.fields.isEmpty } else { false } }
  }

  /// The example of a row.
  ///
  /// - Throws: ``TaskError`` for a missing field, an empty answer, or an answer that is not a choice.
  func example(_ item: RowSource.Item, isOneFile: Bool) throws(TaskError) -> TaskExample {
    let (row, file) = (item.row, item.file)
    func bad(_ reason: String) -> TaskError { .badRow(file: file, line: row.line, reason: reason) }
    let options = try choiceTexts(row, file)
    var answers: [String] = []
    for answer in try target.texts(row, file: file) {
      if labels.isEmpty {
        answers.append(answer)
      } else if let label = labels[answer] {
        answers.append(try label.text(row, file: file))
      } else {
        throw bad(
          "there is no label for the answer `\(answer)`; there are labels for \(labels.keys.sorted().joined(separator: ", "))"
        )
      }
    }
    if let most = maximumTargetWords { answers = answers.map { Self.firstWords(most, of: $0) } }
    if choices != nil { answers = answers.map { Self.choice($0, among: options) } }
    guard let answer = answers.first, !answer.allSatisfy(\.isWhitespace) else { throw bad("the answer is empty") }
    if choices != nil, !options.contains(answer) {
      throw TaskError.targetNotAChoice(file: file, line: row.line, target: answer, choices: options)
    }
    var all = answers
    for reference in references {
      let texts = try reference.texts(row, file: file)
      all += maximumTargetWords.map { most in texts.map { Self.firstWords(most, of: $0) } } ?? texts
    }
    var references: [String] = []
    for text in all where !text.isEmpty && !references.contains(text) { references.append(text) }
    let number = (isOneFile ? "" : (row.fields["_file"]?.text ?? "") + ":") + (row.fields["_row"]?.text ?? "")
    let id = try id?.text(row, file: file) ?? number + (item.part.map { ".\($0)" } ?? "")
    // An input that is empty leaves white space at the end of the usual template.
    let message = try prompt.text(row, file: file).trimmingCharacters(in: .whitespacesAndNewlines)
    if message.isEmpty && description.isEmpty { throw bad("the prompt is empty") }
    return TaskExample(
      id: id, prompt: description + message, target: answer, references: references, choices: options,
      cluster: try cluster?.text(row, file: file))
  }

  /// A text up to the end of its n-th word.
  private static func firstWords(_ count: Int, of text: String) -> String {
    let words = text.split(maxSplits: count, whereSeparator: \.isWhitespace)
    return words.count > count ? String(text[..<words[count - 1].endIndex]) : text
  }

  /// An answer that is not a choice but a number may be the place of one, from 0, as lm-evaluation-harness has it.
  private static func choice(_ answer: String, among options: [String]) -> String {
    guard !options.contains(answer), let index = Int(answer), options.indices.contains(index) else { return answer }
    return options[index]
  }

  private func choiceTexts(_ row: DataRow, _ file: String) throws(TaskError) -> [String] {
    switch choices {
    case nil: return []
    case .parts(let parts):
      var texts: [String] = []
      for part in parts { texts.append(try part.text(row, file: file)) }
      return texts
    case .field(let path):
      var texts: [String] = []
      switch try row.required(path, file: file) {
      case .list(let values): texts = values.map(\.text)
      case .object(let members): texts = members.sorted { $0.key < $1.key }.map(\.value.text)
      default: break
      }
      if texts.count > 1 { return texts }
      throw TaskError.badRow(file: file, line: row.line, reason: "`\(path)` is not a list of choices")
    }
  }
}

extension TextTemplate {
  /// ``render(_:file:)`` with its error's type.
  func text(of row: DataRow, file: String) throws(TaskError) -> String {
    do { return try render(row, file: file) } catch let error as TaskError { throw error } catch {
      throw TaskError.badRow(file: file, line: row.line, reason: "\(error)")
    }
  }
}
