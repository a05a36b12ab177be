/// Training examples that say what a test example says, within a task or across tasks.
///
/// An example is exact overlap if its prompt is that of a test example of its own task, or its prompt and answer are
/// those of another task's; it is near overlap if prompt and answer share a run of 13 lower-cased words with a test
/// example (Brown et al. 2020, appendix C). Boilerplate does not count: what all prompts of a task begin or end with is
/// its instruction, and for near overlap so is a beginning or an end of four words or more that one in twenty (at least
/// five) of the first 2000 prompts have, and a run that more than one in ten of a task's test examples hold.
public struct TrainTestOverlap: Sendable {
  /// How alike two examples are.
  public enum Kind: String, Sendable, Codable {
    /// The same words.
    case exact
    /// A run of words in common.
    case near
  }

  /// A training example and the first test example of a task that it overlaps with.
  public struct Pair: Sendable, Hashable, Codable {
    /// Of the training example.
    public var trainTask: String
    /// Of the training example.
    public var trainID: String
    /// Of the test example.
    public var testTask: String
    /// Of the test example.
    public var testID: String
    /// How alike they are.
    public var kind: Kind
    /// For a near pair, the first run of words in common, lower-cased.
    public var sharedWords: String?
  }

  /// For each training example at most one with each task, in the order of the tasks and their examples.
  public var pairs: [Pair]
  /// How many training examples each task has.
  public var trainCounts: [String: Int]
  /// The share of word runs that was compared; below 1 where the test data has more than fit into memory.
  public var comparedShare: Double

  /// Ids of a task's training examples that overlap with any test example.
  public func trainIDs(of task: String) -> Set<String> {
    Set(pairs.lazy.filter { $0.trainTask == task }.map(\.trainID))
  }

  /// Looks at all train and test examples of tasks; broken rows are passed over.
  ///
  /// Memory is bounded: at most `maximumRuns` hashes of word runs are held. Where there are more, those that a
  /// hash-based sampling keeps are compared.
  ///
  /// - Throws: ``TaskError``, `FormatError.unreadable`.
  public static func find(
    _ tasks: [any InstructionTask], runLength: Int = 13, maximumRuns: Int = 4 << 20
  ) throws -> TrainTestOverlap {
    precondition(runLength > 0 && maximumRuns > 0)
    var index = OverlapIndex(runLength: runLength, maximumRuns: maximumRuns)
    var shared: [InstructionWords] = []
    var trainCounts: [String: Int] = [:]
    for (number, task) in tasks.enumerated() {
      shared.append(try instruction(of: task))
      try forEachExample(of: task, .test) { result in
        if case .success(let example) = result { index.add(example, task: number, shared[number]) }
        return true
      }
      index.finishTask()
    }
    var pairs: [Pair] = []
    for (number, task) in tasks.enumerated() {
      try forEachExample(of: task, .train) { result in
        guard case .success(let example) = result else { return true }
        trainCounts[task.name, default: 0] += 1
        for match in index.matches(example, task: number, shared[number]) {
          pairs.append(
            Pair(
              trainTask: task.name, trainID: example.id, testTask: tasks[match.task].name, testID: match.id,
              kind: match.kind, sharedWords: match.words))
        }
        return true
      }
    }
    return TrainTestOverlap(pairs: pairs, trainCounts: trainCounts, comparedShare: 1 / Double(index.modulus))
  }

  private static func instruction(of task: any InstructionTask) throws -> InstructionWords {
    var prompts: [[UInt64]] = []
    for (split, most) in [(TaskSplit.test, InstructionWords.sampleSize / 2), (.train, InstructionWords.sampleSize)] {
      try forEachExample(of: task, split) { result in
        if case .success(let example) = result { prompts.append(wordHashes(example.prompt)) }
        return prompts.count < most
      }
    }
    return InstructionWords(prompts)
  }
}
