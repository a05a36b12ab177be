/// The order in which the examples of several tasks are trained on.
public enum TrainingMixture {
  /// Every example of every task once an epoch, shuffled together.
  ///
  /// An example's place is decided by a random key that depends on (seed, task, example, epoch) alone. So with one seed
  /// the examples of a task come in the same order whatever else is trained on: common random numbers, which take the
  /// noise of the order out of the difference between two subsets.
  ///
  /// `tasks` are names and numbers of examples; the result is an order for each epoch, of indices into the tasks'
  /// examples one task after another.
  public static func proportional(_ tasks: [(name: String, count: Int)], epochs: Int, seed: UInt64) -> [[Int]] {
    (0..<epochs).map { epoch in
      var keyed: [(key: UInt64, index: Int)] = []
      for task in tasks {
        let key = CounterBasedGenerator.key(seed: seed, purpose: .dataOrder, stream: stableHash(task.name))
        for example in 0..<task.count {
          keyed.append((CounterBasedGenerator.words(key, UInt64(example), UInt64(epoch)).0, keyed.count))
        }
      }
      return keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.index)
    }
  }
}

/// FNV-1a over UTF-8: the same on every machine and in every run, unlike the standard library's seeded hashes.
func stableHash(_ text: String) -> UInt64 {
  text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
}
