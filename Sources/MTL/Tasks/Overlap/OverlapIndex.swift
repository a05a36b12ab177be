/// The test examples of all tasks by hashes of their words.
struct OverlapIndex {
  struct Match {
    var task: Int
    var id: String
    var kind: TrainTestOverlap.Kind
    /// Of a near match, the first run in common.
    var words: String?
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

  mutating func add(_ example: TaskExample, task: Int, _ instruction: InstructionWords) {
    let owner = Int32(truncatingIfNeeded: owners.count)
    owners.append((task, example.id))
    let words = ExampleWords(example, instruction)
    let key = Self.key(words.body, task)
    prompts[key] = prompts[key] ?? owner
    let wholeHash = runHash(words.whole[...])
    if wholes[wholeHash]?.contains(where: { owners[Int($0)].task == task }) != true {
      wholes[wholeHash, default: []].append(owner)
    }
    ownCount += 1
    forEachRun(words.own) { _, hash in
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
  func matches(_ example: TaskExample, task: Int, _ instruction: InstructionWords) -> [Match] {
    let words = ExampleWords(example, instruction)
    var found: [Int: Match] = [:]
    func note(_ owner: Int32, run start: Int? = nil) {
      let (task, id) = owners[Int(owner)]
      if found[task] != nil { return }
      let text = start.map { words.text($0..<$0 + runLength) }
      found[task] = Match(task: task, id: id, kind: start == nil ? .exact : .near, words: text)
    }
    if let owner = prompts[Self.key(words.body, task)] { note(owner) }
    for owner in wholes[runHash(words.whole[...])] ?? [] { note(owner) }
    forEachRun(words.own) { start, hash in
      if let owner = runs[hash] { note(owner, run: start) }
      for owner in further[hash] ?? [] { note(owner, run: start) }
    }
    return found.values.sorted { $0.task < $1.task }
  }

  private static func key(_ body: ArraySlice<UInt64>, _ task: Int) -> UInt64 {
    runHash(body) ^ (UInt64(task + 1) << 48)
  }

  private func forEachRun(_ words: [UInt64], _ body: (_ start: Int, _ hash: UInt64) -> Void) {
    guard words.count >= runLength else { return }
    for start in 0...(words.count - runLength) {
      let hash = runHash(words[start..<(start + runLength)])
      if hash % modulus == 0 { body(start, hash) }
    }
  }
}

/// An example's words, as the index compares them.
private struct ExampleWords {
  private let example: TaskExample
  private let promptRange: Range<Int>
  /// The prompt, but for what all prompts have.
  let body: ArraySlice<UInt64>
  /// The same and the target.
  let whole: [UInt64]
  /// The prompt, but for any wording of its instruction, and the target.
  let own: [UInt64]

  init(_ example: TaskExample, _ instruction: InstructionWords) {
    self.example = example
    let (prompt, target) = (wordHashes(example.prompt), wordHashes(example.target))
    promptRange = instruction.own(prompt)
    body = prompt[instruction.body(prompt)]
    whole = Array(body) + target
    own = Array(prompt[promptRange]) + target
  }

  /// The texts of a run of `own`.
  func text(_ run: Range<Int>) -> String {
    let texts = wordTexts(example.prompt)[promptRange] + wordTexts(example.target)
    return texts.dropFirst(run.lowerBound).prefix(run.count).joined(separator: " ")
  }
}
