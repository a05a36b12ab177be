import Crypto
import Foundation

/// A task that a YAML manifest describes (see docs/tasks.md).
public struct ManifestTask: InstructionTask {
  public let name: String
  public let category: String
  public let outputType: OutputType
  public let metrics: [any Metric]
  public let generation: TaskGeneration

  let manifestPath: String
  let manifestText: String
  let files: [TaskSplit: String]
  let prompt: TextTemplate
  let target: TextTemplate
  let choices: Choices?
  let idField: String?
  let clusterField: String?

  enum Choices: Sendable {
    case field(String)
    case fixed([String])
  }

  public func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) throws -> [TaskExample] {
    guard let path = files[split] else {
      throw TaskError.emptySplit(task: name, split: split.rawValue, file: manifestPath)
    }
    var sample = ExampleSample<TaskExample>(limit: limit, seed: seed, name: name + "/" + split.rawValue)
    var count = 0
    var reader = try LineReader(path: path)
    while let data = reader.next() {
      if data.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      count += 1
      let line = reader.line
      try sample.offer { try example(Self.row(data, file: path, line: line), file: path) }
    }
    if count == 0 { throw TaskError.emptySplit(task: name, split: split.rawValue, file: path) }
    return sample.items
  }

  private static func row(_ data: Data, file: String, line: Int) throws -> DataRow {
    guard String(validating: data, as: UTF8.self) != nil else {
      throw TaskError.badRow(file: file, line: line, reason: "the line is not UTF-8 text")
    }
    guard let fields = try? JSONDecoder().decode([String: FieldValue].self, from: data) else {
      throw TaskError.badRow(file: file, line: line, reason: "the line is not a JSON object")
    }
    return DataRow(line: line, fields: fields)
  }

  private func example(_ row: DataRow, file: String) throws -> TaskExample {
    func text(_ field: String) throws -> String {
      guard let value = row.fields[field] else {
        throw TaskError.missingField(file: file, line: row.line, field: field, available: row.fields.keys.sorted())
      }
      return value.text
    }
    let answer = try target.render(row, file: file)
    if answer.allSatisfy(\.isWhitespace) {
      throw TaskError.badRow(file: file, line: row.line, reason: "the answer is empty")
    }
    var choiceTexts: [String] = []
    switch choices {
    case .fixed(let texts): choiceTexts = texts
    case .field(let field):
      guard let texts = row.fields[field]?.texts, texts.count > 1 else {
        throw TaskError.badRow(file: file, line: row.line, reason: "`\(field)` is not a list of choices")
      }
      choiceTexts = texts
    case nil: break
    }
    if choices != nil, !choiceTexts.contains(answer) {
      throw TaskError.targetNotAChoice(file: file, line: row.line, target: answer, choices: choiceTexts)
    }
    let id = try idField.map(text) ?? "\(row.line)"
    // An input that is empty leaves white space at the end of the usual template.
    let message = try prompt.render(row, file: file).trimmingCharacters(in: .whitespacesAndNewlines)
    return TaskExample(
      id: id, prompt: message, target: answer, choices: choiceTexts, cluster: try clusterField.map(text))
  }

  public func digest() throws -> String {
    var hash = SHA256()
    hash.update(data: Data(manifestText.utf8))
    for split in TaskSplit.allCases {
      guard let path = files[split] else { continue }
      guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
        throw FormatError.unreadable(path: path, reason: "it is missing")
      }
      hash.update(data: Data("\(split.rawValue) \(data.count)\n".utf8))
      hash.update(data: data)
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }
}
