/// One of the shipped tasks: its name and how its examples are made.
public struct QuickstartTask: Sendable {
  /// The task's name, which is also its file name.
  public let name: String
  /// The metric that its manifest asks for.
  public let metric: Baseline.Metric
  /// Makes one example; the number says how many there are already, so that labels can take turns.
  let make: @Sendable (Knowledge, Int, inout SplitMix64) -> Example?

  /// The shipped tasks: two of each category.
  public static let all: [QuickstartTask] = [
    multipleChoice, yesNoMaybe, medications, findings, noteSummary, patientAnswer,
  ]

  /// How many examples each side gets: a multiple of 12, so that four options and three verdicts come out even.
  public static func count(of side: Side) -> Int { side == .train ? 300 : 96 }

  /// The examples of one side in their final order, the same on every run.
  ///
  /// No two have the same input, and no two test examples the same subject and answer (training allows two, as
  /// rephrasings). Throws `KnowledgeError.tooFewFacts`.
  public func examples(from knowledge: Knowledge) throws -> [Example] {
    let wanted = Self.count(of: knowledge.side)
    var random = SplitMix64(name: "\(name)/\(knowledge.side.rawValue)")
    let allowedUses = knowledge.side == .train ? 2 : 1
    var inputs: Set<String> = []
    var uses: [[String]: Int] = [:]
    var examples: [Example] = []
    for _ in 0..<(wanted * 100) where examples.count < wanted {
      guard let example = make(knowledge, examples.count, &random) else { continue }
      let fact = [example.entities.first ?? "", example.output]
      guard uses[fact, default: 0] < allowedUses, inputs.insert(example.input).inserted else { continue }
      uses[fact, default: 0] += 1
      examples.append(example)
    }
    guard examples.count == wanted else {
      throw KnowledgeError.tooFewFacts(task: name, side: knowledge.side, wanted: wanted, found: examples.count)
    }
    examples = random.shuffled(examples)
    for index in examples.indices { examples[index].id = "\(name)-\(knowledge.side.rawValue)-\(index + 1)" }
    return examples
  }

  /// The file that `examples(from:)` is written to.
  public func fileName(_ side: Side) -> String { "\(name).\(side.rawValue).jsonl" }

  /// The contents of that file: one example a line.
  public static func jsonLines(_ examples: [Example]) -> String {
    examples.map { $0.jsonLine + "\n" }.joined()
  }
}
