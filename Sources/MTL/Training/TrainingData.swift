/// A named sequence to train on.
public struct TrainingExample: Sendable, Hashable {
  /// What messages call it.
  public var name: String
  /// Its tokens and labels.
  public var sequence: TokenSequence

  /// An example.
  public init(name: String, sequence: TokenSequence) {
    self.name = name
    self.sequence = sequence
  }
}

/// What an adapter is trained on, and in which order.
public struct TrainingData: Sendable {
  /// The examples, each within the length limit.
  public let examples: [TrainingExample]
  /// For each epoch the order of the examples.
  public let epochs: [[Int]]
  /// How many prompts were cut to fit.
  public let truncatedCount: Int

  /// Examples cut to the limit, in the given order every epoch.
  ///
  /// - Throws: ``TrainingError`` for no examples, an empty answer, or an answer longer than the limit.
  public init(_ examples: [TrainingExample], epochs: [[Int]], maxLength: Int) throws {
    guard !examples.isEmpty, epochs.contains(where: { !$0.isEmpty }) else { throw TrainingError.noExamples }
    var truncated = 0
    self.examples = try examples.map { example in
      guard example.sequence.labelCount > 0 else { throw TrainingError.emptyAnswer(example: example.name) }
      guard let sequence = example.sequence.truncatedLeft(to: maxLength) else {
        throw TrainingError.answerTooLong(
          example: example.name, tokens: example.sequence.labelCount, limit: maxLength)
      }
      if sequence.ids.count < example.sequence.ids.count { truncated += 1 }
      return TrainingExample(name: example.name, sequence: sequence)
    }
    precondition(epochs.joined().allSatisfy { examples.indices.contains($0) })
    self.epochs = epochs
    truncatedCount = truncated
  }

  /// Every example once an epoch, shuffled by the seed unless `settings.shuffle` is false.
  public init(_ examples: [TrainingExample], _ settings: TrainingSettings) throws {
    let orders = (0..<settings.epochs).map { epoch in
      if !settings.shuffle { return Array(examples.indices) }
      var generator = CounterBasedGenerator(seed: settings.seed, purpose: .dataOrder, stream: UInt64(epoch))
      return examples.indices.shuffled(using: &generator)
    }
    try self.init(examples, epochs: orders, maxLength: settings.maxLength)
  }

  /// The examples of every optimizer step: an epoch's order in runs of `size`, the last of an epoch perhaps shorter.
  public func batches(of size: Int) -> [[Int]] {
    epochs.flatMap { order in
      stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
    }
  }
}
