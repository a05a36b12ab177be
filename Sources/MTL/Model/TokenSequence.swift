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

/// A prompt and several continuations of it whose likelihoods are wanted; the prompt is computed once.
public struct Continuations: Sendable, Hashable {
  /// Token ids, at least one.
  public var prompt: [Int32]
  /// Token ids of each continuation, at least one each.
  public var choices: [[Int32]]

  /// A prompt and its continuations.
  public init(prompt: [Int32], choices: [[Int32]]) {
    precondition(!prompt.isEmpty && choices.allSatisfy { !$0.isEmpty })
    self.prompt = prompt
    self.choices = choices
  }
}
