/// Training examples that say what a test example says, within a task or across tasks.
///
/// An example is exact overlap if its prompt is that of a test example of its own task, or its prompt and answer are
/// those of another task's; it is near overlap if prompt and answer share a run of 13 lower-cased words with a test
/// example (Brown et al. 2020, appendix C). Words that all prompts of a task begin or end with are its instruction and
/// do not count, and neither does a run that more than one in ten of a task's test examples hold: a formula.
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
  }

  /// For each training example at most one with each task, in the order of the tasks and their examples.
  public var pairs: [Pair]
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
    var shared: [SharedWords] = []
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
        for match in index.matches(example, task: number, shared[number]) {
          pairs.append(
            Pair(
              trainTask: task.name, trainID: example.id, testTask: tasks[match.task].name, testID: match.id,
              kind: match.kind))
        }
        return true
      }
    }
    return TrainTestOverlap(pairs: pairs, comparedShare: 1 / Double(index.modulus))
  }

  private static func instruction(of task: any InstructionTask) throws -> SharedWords {
    var prompts: [[UInt64]] = []
    try forEachExample(of: task, .test) { result in
      if case .success(let example) = result { prompts.append(wordHashes(example.prompt)) }
      return prompts.count < 64
    }
    return SharedWords(prompts)
  }
}

/// The test examples of all tasks by hashes of their words.
struct OverlapIndex {
  struct Match {
    var task: Int
    var id: String
    var kind: TrainTestOverlap.Kind
  }

  let runLength: Int
  let maximumRuns: Int
  /// Runs are kept whose hash this divides.
  private(set) var modulus: UInt64 = 1
  private var owners: [(task: Int, id: String)] = []
  private var prompts: [UInt64: Int32] = [:]
  private var wholes: [UInt64: [Int32]] = [:]
  private var runs: [UInt64: Int32] = [:]
  /// Of the task that is being added: the first example with a run, the last, and how many there are.
  private var own: [UInt64: (owner: Int32, last: Int32, count: Int32)] = [:]
  private var ownCount = 0
  /// Further tasks' examples with the same run.
  private var further: [UInt64: [Int32]] = [:]

  init(runLength: Int, maximumRuns: Int) {
    self.runLength = runLength
    self.maximumRuns = maximumRuns
  }

  mutating func add(_ example: TaskExample, task: Int, _ shared: SharedWords) {
    let owner = Int32(truncatingIfNeeded: owners.count)
    owners.append((task, example.id))
    let (body, whole) = Self.words(example, shared)
    prompts[Self.key(body, task)] = prompts[Self.key(body, task)] ?? owner
    let wholeHash = runHash(whole[...])
    if wholes[wholeHash]?.contains(where: { owners[Int($0)].task == task }) != true {
      wholes[wholeHash, default: []].append(owner)
    }
    ownCount += 1
    forEachRun(whole) { hash in
      if let known = own[hash] {
        if known.last != owner { own[hash] = (known.owner, owner, known.count + 1) }
      } else {
        own[hash] = (owner, owner, 1)
      }
    }
    while runs.count + own.count > maximumRuns { thin() }
  }

  /// Ends the examples of a task: drops its formulae.
  mutating func finishTask() {
    let most = Int32(max(2, ownCount / 10))
    for (hash, run) in own where run.count <= most {
      if runs[hash] == nil { runs[hash] = run.owner } else { further[hash, default: []].append(run.owner) }
    }
    own = [:]
    ownCount = 0
  }

  private mutating func thin() {
    modulus *= 2
    let divisor = modulus
    runs = runs.filter { $0.key % divisor == 0 }
    further = further.filter { $0.key % divisor == 0 }
    own = own.filter { $0.key % divisor == 0 }
  }

  /// For each task the first test example that a training example overlaps with.
  func matches(_ example: TaskExample, task: Int, _ shared: SharedWords) -> [Match] {
    let (body, whole) = Self.words(example, shared)
    var found: [Int: Match] = [:]
    func note(_ owner: Int32, _ kind: TrainTestOverlap.Kind) {
      let (task, id) = owners[Int(owner)]
      if found[task] == nil { found[task] = Match(task: task, id: id, kind: kind) }
    }
    if let owner = prompts[Self.key(body, task)] { note(owner, .exact) }
    for owner in wholes[runHash(whole[...])] ?? [] { note(owner, .exact) }
    forEachRun(whole) { hash in
      if let owner = runs[hash] { note(owner, .near) }
      for owner in further[hash] ?? [] { note(owner, .near) }
    }
    return found.values.sorted { $0.task < $1.task }
  }

  private static func words(_ example: TaskExample, _ shared: SharedWords) -> (ArraySlice<UInt64>, [UInt64]) {
    let body = shared.body(wordHashes(example.prompt))
    return (body, Array(body) + wordHashes(example.target))
  }

  private static func key(_ body: ArraySlice<UInt64>, _ task: Int) -> UInt64 {
    runHash(body) ^ (UInt64(task + 1) << 48)
  }

  private func forEachRun(_ words: [UInt64], _ body: (UInt64) -> Void) {
    guard words.count >= runLength else { return }
    for start in 0...(words.count - runLength) {
      let hash = runHash(words[start..<(start + runLength)])
      if hash % modulus == 0 { body(hash) }
    }
  }
}
