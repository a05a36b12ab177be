/// Divides the sequences of an optimizer step among micro-batches.
///
/// The division depends on the sequences and the budget alone, never on the number of workers. Sequences stay whole;
/// the costs of the micro-batches are as even as largest-first placement makes them, so that workers finish together;
/// their number is even where it can be. The costliest comes first.
package enum MicroBatches {
  /// - Parameters:
  ///   - lengths: tokens of each sequence.
  ///   - costs: work of each sequence, in any unit.
  ///   - budget: most tokens of a micro-batch, unless one sequence alone has more.
  /// - Returns: the sequences' indices, a list for each micro-batch.
  package static func divide(lengths: [Int], costs: [Int], budget: Int) -> [[Int]] {
    precondition(lengths.count == costs.count && budget > 0)
    if lengths.isEmpty { return [] }
    let order = lengths.indices.sorted { (costs[$0], $1) > (costs[$1], $0) }
    let total = lengths.reduce(0, +)
    var count = max(1, (total + budget - 1) / budget)
    while true {
      let rounded = min(count + count % 2, lengths.count)
      if let bins = place(order, lengths, costs, budget: budget, into: rounded) { return bins }
      count = rounded + 1
    }
  }

  /// Nil if the budget does not allow it.
  private static func place(_ order: [Int], _ lengths: [Int], _ costs: [Int], budget: Int, into count: Int) -> [[Int]]?
  {
    var bins = [(indices: [Int], length: Int, cost: Int)](repeating: ([], 0, 0), count: count)
    for index in order {
      let fitting = bins.indices.filter { bins[$0].indices.isEmpty || bins[$0].length + lengths[index] <= budget }
      guard let best = fitting.min(by: { (bins[$0].cost, $0) < (bins[$1].cost, $1) }) else { return nil }
      bins[best].indices.append(index)
      bins[best].length += lengths[index]
      bins[best].cost += costs[index]
    }
    let sorted = bins.indices.sorted { (bins[$0].cost, $1) > (bins[$1].cost, $0) }
    return sorted.map { bins[$0].indices.sorted() }.filter { !$0.isEmpty }
  }
}

extension LanguageModel {
  /// Multiply-adds of a training step on one sequence, about: what micro-batches are balanced by.
  package func trainingCost(_ sequence: TokenSequence) -> Int {
    let c = configuration
    let perLayer = c.hiddenSize * (2 * c.queryWidth + 2 * c.keyValueWidth + 3 * c.intermediateSize)
    let tokens = sequence.ids.count
    let linear = 2 * tokens * c.layerCount * perLayer
    let attention = 7 * tokens * tokens / 2 * c.queryWidth * c.layerCount
    return linear + attention + 2 * sequence.labelCount * c.vocabularySize * c.hiddenSize
  }
}
