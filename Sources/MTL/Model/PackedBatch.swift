/// Token ids of one training or scoring sequence, and which of them are to be predicted.
public struct TokenSequence: Sendable, Hashable {
  /// Token ids, prompt first.
  public var ids: [Int32]
  /// Whether the token at the same place is a label: predicted from those before it. The first never is.
  public var isLabel: [Bool]

  /// - Parameters:
  ///   - ids: token ids.
  ///   - isLabel: as many flags; the first is taken as false, since nothing comes before it.
  public init(ids: [Int32], isLabel: [Bool]) {
    precondition(ids.count == isLabel.count)
    self.ids = ids
    self.isLabel = isLabel
    if !isLabel.isEmpty { self.isLabel[0] = false }
  }

  /// A prompt and the answer that is to be predicted.
  public init(prompt: [Int32], answer: [Int32]) {
    self.init(
      ids: prompt + answer,
      isLabel: Array(repeating: false, count: prompt.count) + Array(repeating: true, count: answer.count))
  }

  /// Number of tokens that are predicted.
  public var labelCount: Int { isLabel.reduce(0) { $0 + ($1 ? 1 : 0) } }

  /// The same with tokens taken from the left of the prompt until it has at most `length`; never from the labels.
  ///
  /// - Returns: nil if from the first label on there are more than `length` tokens, one before them included.
  public func truncatedLeft(to length: Int) -> TokenSequence? {
    guard ids.count > length else { return self }
    let excess = ids.count - length
    guard let first = isLabel.firstIndex(of: true), first - excess >= 1 else { return nil }
    return TokenSequence(ids: Array(ids[excess...]), isLabel: Array(isLabel[excess...]))
  }
}

/// Whole sequences one after another, without padding: what one worker computes at a time.
package struct PackedBatch: Sendable {
  package let tokens: [Int32]  // [T]
  package let positions: [Int32]  // [T]
  /// Rows of each sequence.
  package let sequences: [Range<Int>]
  /// Rows whose next token is a label, in order; a label at position t is predicted from t - 1.
  package let labelledRows: [Int]
  /// The label that each labelled row predicts.
  package let targets: [Int32]
  /// Places in `labelledRows` of each sequence.
  package let labelledRanges: [Range<Int>]
  /// A name for every row that does not depend on the packing, for dropout.
  package let keys: [UInt64]  // [T]

  /// - Parameters:
  ///   - sequences: none of them empty.
  ///   - numbers: each sequence's number in its optimizer step.
  package init(_ sequences: [TokenSequence], numbers: [Int]? = nil) {
    var tokens: [Int32] = []
    var positions: [Int32] = []
    var ranges: [Range<Int>] = []
    var labelled: [Int] = []
    var targets: [Int32] = []
    var labelledRanges: [Range<Int>] = []
    var keys: [UInt64] = []
    for (i, sequence) in sequences.enumerated() {
      let start = tokens.count
      let firstLabel = labelled.count
      let number = UInt64(numbers?[i] ?? i)
      for (position, id) in sequence.ids.enumerated() {
        if position > 0, sequence.isLabel[position] {
          labelled.append(start + position - 1)
          targets.append(id)
        }
        tokens.append(id)
        positions.append(Int32(position))
        keys.append(number << 32 | UInt64(position))
      }
      ranges.append(start..<tokens.count)
      labelledRanges.append(firstLabel..<labelled.count)
    }
    self.tokens = tokens
    self.positions = positions
    self.sequences = ranges
    self.labelledRows = labelled
    self.targets = targets
    self.labelledRanges = labelledRanges
    self.keys = keys
  }

  /// Every row attends to its sequence up to itself.
  package var spans: [AttentionSpan] {
    sequences.map { rows in AttentionSpan(queries: rows, keys: rows, visible: rows.map { Int32($0 - rows.lowerBound + 1) }) }
  }

  /// The same for the labelled rows only.
  package var labelledSpans: [AttentionSpan] {
    zip(sequences, labelledRanges).map { rows, labels in
      AttentionSpan(
        queries: labels, keys: rows, visible: labelledRows[labels].map { Int32($0 - rows.lowerBound + 1) })
    }
  }
}
