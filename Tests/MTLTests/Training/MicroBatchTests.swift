import MTL
import Testing

@Suite struct MicroBatchTests {
  @Test func everySequenceIsInExactlyOneMicroBatchWithinTheBudget() {
    var generator = CounterBasedGenerator(seed: 1, purpose: .sampling)
    for _ in 0..<300 {
      let lengths = (0..<Int.random(in: 1...24, using: &generator)).map { _ in
        Int.random(in: 1...300, using: &generator)
      }
      let budget = Int.random(in: 50...600, using: &generator)
      let division = MicroBatches.divide(lengths: lengths, costs: lengths.map { $0 * $0 }, budget: budget)
      #expect(division.joined().sorted() == Array(lengths.indices))
      #expect(division.allSatisfy { !$0.isEmpty })
      for part in division {
        let tokens = part.reduce(0) { $0 + lengths[$1] }
        #expect(tokens <= budget || part.count == 1)
      }
      let costs = division.map { $0.reduce(0) { $0 + lengths[$1] * lengths[$1] } }
      #expect(costs == costs.sorted(by: >))
    }
  }

  @Test func equalSequencesAreSharedEvenlyBetweenTwoWorkers() {
    let division = MicroBatches.divide(
      lengths: Array(repeating: 256, count: 8), costs: Array(repeating: 1, count: 8), budget: 512)
    #expect(division.map(\.count) == [2, 2, 2, 2])
    #expect(MicroBatches.divide(lengths: [10, 10], costs: [1, 1], budget: 512).count == 2)
    #expect(MicroBatches.divide(lengths: [10], costs: [1], budget: 512) == [[0]])
    #expect(MicroBatches.divide(lengths: [], costs: [], budget: 512).isEmpty)
  }
}
