/// Keeps a random sample of a stream: the items with the smallest random keys, in the order of their keys.
///
/// The key of an item depends on (seed, name, number), so a smaller sample is the beginning of a larger one, and adding
/// other tasks to a sweep moves nothing.
struct ExampleSample<Item> {
  private let limit: Int?
  private let key: UInt64
  private var kept: [(key: UInt64, number: Int, item: Item)] = []
  private var number = 0

  init(limit: Int?, seed: UInt64, name: String) {
    self.limit = limit
    key = CounterBasedGenerator.key(seed: seed, purpose: .sampling, stream: stableHash(name))
  }

  /// Offers the next item; `make` is called only if it is kept for now.
  mutating func offer(_ make: () throws -> Item) rethrows {
    defer { number += 1 }
    guard let limit else {
      kept.append((0, number, try make()))
      return
    }
    let random = CounterBasedGenerator.words(key, UInt64(number), 0).0
    if kept.count >= limit, let last = kept.last, (last.key, last.number) < (random, number) { return }
    if limit == 0 { return }
    let item = try make()
    let place = kept.firstIndex { ($0.key, $0.number) > (random, number) } ?? kept.count
    kept.insert((random, number, item), at: place)
    if kept.count > limit { kept.removeLast() }
  }

  /// The sample, or everything in order where there is no limit.
  var items: [Item] { kept.map(\.item) }
}

extension InstructionTask {
  /// All of `examples`, or the sample of `limit` of them that ``examples(_:limit:seed:)`` promises: for tasks that have
  /// their examples in memory.
  public func sampled(_ examples: [TaskExample], _ split: TaskSplit, limit: Int?, seed: UInt64) -> [TaskExample] {
    var sample = ExampleSample<TaskExample>(limit: limit, seed: seed, name: name + "/" + split.rawValue)
    for example in examples { sample.offer { example } }
    return sample.items
  }
}
