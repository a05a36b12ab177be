import Foundation

extension InstructionPool {
  /// Divides the pool by rules: each instruction goes to the first rule that matches.
  ///
  /// - Throws: ``TaskError``.
  public func categorised(by rules: [CategoryRule], otherwise: String?) throws -> CategoryAssignment {
    var assignment = CategoryAssignment(idField: idField, rows: [])
    try forEachItem { item in
      var row = CategoryAssignment.Row(id: item.id, category: otherwise ?? "", reason: "", head: item.head)
      for rule in rules {
        guard let pattern = rule.match(item.instruction) else { continue }
        (row.category, row.reason) = (rule.category, pattern)
        break
      }
      assignment.rows.append(row)
    }
    return assignment
  }

  /// Divides the pool by likelihoods: each instruction goes to the category with the greatest score.
  ///
  /// - Parameters:
  ///   - categories: The categories, at least one.
  ///   - batch: Instructions that are scored at once.
  ///   - progress: Called with the number of instructions that are done.
  ///   - scores: For each of some instructions the log-likelihood (nats) of each category.
  /// - Returns: The assignment, in the pool's order.
  /// - Throws: ``TaskError``, and what `scores` throws.
  public func categorised(
    into categories: [String], batch: Int = 64, progress: (Int) -> Void = { _ in },
    scores: ([String]) throws -> [[Double]]
  ) throws -> CategoryAssignment {
    var assignment = CategoryAssignment(idField: idField, rows: [])
    var waiting: [Item] = []
    func flush() throws {
      for (item, scores) in zip(waiting, try scores(waiting.map(\.instruction))) {
        precondition(scores.count == categories.count)
        let order = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
        let margin = order.count > 1 ? scores[order[0]] - scores[order[1]] : 0
        assignment.rows.append(
          CategoryAssignment.Row(
            id: item.id, category: categories[order[0]], reason: String(format: "%.2f", margin), head: item.head))
      }
      waiting = []
      progress(assignment.rows.count)
    }
    try forEachItem { item in
      waiting.append(item)
      if waiting.count == batch { try flush() }
    }
    if !waiting.isEmpty { try flush() }
    return assignment
  }
}

/// How well descriptions of categories follow an instruction, by a base model.
///
/// The score of description d for instruction x is log P(d | x) − log P(d | "N/A"), in nats and summed over the tokens:
/// what the instruction adds, since some descriptions are likely after anything (Holtzman et al. 2021, Zhao et al. 2021).
public struct CategoryLikelihood: Sendable {
  private let scorer: LikelihoodScorer
  private let format: PromptFormat
  private let maximumLength: Int
  private let descriptions: [[Int32]]
  private let baseline: [Double]

  /// Scores for descriptions.
  ///
  /// - Parameters:
  ///   - descriptions: The categories' descriptions, at least one.
  ///   - scorer: The base, without an adapter.
  ///   - format: Its tokenizer, without a chat template.
  /// - Throws: `ChatTemplateError`.
  public init(_ descriptions: [CategoryDescription], scorer: LikelihoodScorer, format: PromptFormat) throws {
    self.scorer = scorer
    self.format = format
    maximumLength = scorer.model.maximumLength
    self.descriptions = descriptions.map { format.tokenizer.encode(" " + $0.text + ".") }
    baseline = try Self.likelihoods(
      ["N/A"], self.descriptions, scorer: scorer, format: format, maximumLength: maximumLength)[0]
  }

  /// For each instruction the score of each description.
  ///
  /// - Throws: `ChatTemplateError`.
  public func scores(_ instructions: [String]) throws -> [[Double]] {
    try Self.likelihoods(
      instructions, descriptions, scorer: scorer, format: format, maximumLength: maximumLength
    ).map { zip($0, baseline).map { $0 - $1 } }
  }

  private static func likelihoods(
    _ instructions: [String], _ descriptions: [[Int32]], scorer: LikelihoodScorer, format: PromptFormat,
    maximumLength: Int
  ) throws -> [[Double]] {
    let tail = format.tokenizer.encode("\n\nThe instruction above is a task of")
    let room = max(1, maximumLength - tail.count - (descriptions.map(\.count).max() ?? 0) - 1)
    let items = try instructions.map { instruction in
      // What is asked usually comes first: a long instruction loses its end.
      let start = try format.prompt("Instruction: " + instruction).prefix(min(room, 256))
      return Continuations(prompt: start + tail, choices: descriptions)
    }
    return try scorer.score(items).map { $0.map { -$0.nll } }
  }
}
