import Foundation

/// A metric that a command computes: a line `{"prediction", "references", "choices", "likelihoods", "gold"}` for each
/// answer on standard input, a line `{"parts": [numbers]}` for each on standard output.
public struct ProcessMetric: BatchMetric {
  public let name: String
  public let higherIsBetter: Bool
  /// The command, complete.
  public let command: ProcessCommand
  private let reduction: PartsScore
  public var aggregation: String { reduction.aggregation }
  private let isAllowed: Bool

  /// A metric called `name`.
  public init(
    name: String, command: ProcessCommand, score: PartsScore = .mean, higherIsBetter: Bool = true, isAllowed: Bool
  ) {
    self.name = name
    self.command = command
    self.reduction = score
    self.higherIsBetter = higherIsBetter
    self.isAllowed = isAllowed
  }

  /// Reads `metric: process` with `name`, `command`, `time-limit`, `score` (mean, ratio, f1) and `higher_is_better`;
  /// mistakes are added to the section's.
  public init?(_ section: YAMLSection, manifest: String, isAllowed: Bool) {
    _ = section.string("metric")
    let name = section.requiredString("name")
    let command = ProcessCommand(section, manifest: manifest)
    let score = section.word("score", PartsScore.self) ?? .mean
    let higherIsBetter = section.bool("higher_is_better") ?? true
    section.finish()
    guard let name, let command else { return nil }
    self.init(name: name, command: command, score: score, higherIsBetter: higherIsBetter, isAllowed: isAllowed)
  }

  public func batchParts(_ outcomes: [ExampleOutcome]) throws -> [[Double]] {
    guard isAllowed else { throw PluginError.processNotAllowed(command: command.text) }
    var input = Data()
    for outcome in outcomes {
      input += try OutcomeLine.json(outcome)
      input.append(0x0A)
    }
    let path = FileManager.default.temporaryDirectory.path + "/mtl-\(UUID().uuidString).jsonl"
    defer { unlink(path) }
    try command.run(input: input, output: path)
    var parts: [[Double]] = []
    var reader = try LineReader(path: path)
    while let line = reader.next() {
      guard let answer = try? JSONDecoder().decode(PartsLine.self, from: line) else {
        throw mistake(
          reader.line, "it is not {\"parts\": [numbers]}: \(String(decoding: line.prefix(80), as: UTF8.self))")
      }
      if answer.parts.count < reduction.partCount {
        throw mistake(
          reader.line, "\(reduction.rawValue) needs \(reduction.partCount) parts, not \(answer.parts.count)")
      }
      if let first = parts.first, first.count != answer.parts.count {
        throw mistake(reader.line, "it has \(answer.parts.count) parts, and the first line has \(first.count)")
      }
      parts.append(answer.parts)
    }
    guard parts.count == outcomes.count else {
      throw PluginError.processLineCount(command: command.text, lines: parts.count, expected: outcomes.count)
    }
    return parts
  }

  private func mistake(_ line: Int, _ reason: String) -> PluginError {
    .processLine(command: command.text, line: line, reason: reason)
  }

  private struct PartsLine: Decodable {
    var parts: [Double]
  }

  public func score(_ summedParts: [Double], count: Int) -> Double { reduction.score(summedParts, count: count) }
}
