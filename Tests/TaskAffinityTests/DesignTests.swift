import TaskAffinity
import Testing

@Suite struct DesignTests {
  func names(_ count: Int) -> [String] { (0..<count).map { "u\($0)" } }

  func timesTogether(_ members: [String], in blocks: [Subset]) -> Int {
    blocks.filter { block in members.allSatisfy(block.contains) }.count
  }

  @Test func steinerSystemHoldsEveryPairThriceAndEveryTripleOnce() throws {
    let units = names(8)
    let blocks = try SubsetDesign.steinerQuadruples(units)
    #expect(Set(blocks).count == 14 && blocks.allSatisfy { $0.count == 4 })
    for a in 0..<8 {
      for b in 0..<a {
        #expect(timesTogether([units[a], units[b]], in: blocks) == 3)
        for c in 0..<b { #expect(timesTogether([units[a], units[b], units[c]], in: blocks) == 1) }
      }
    }
    #expect(try Set(SubsetDesign.designOfEight(units)).count == 31)
  }

  @Test func projectivePlaneHoldsEveryPairOnce() throws {
    let units = names(20)
    let blocks = try SubsetDesign.projectivePlane(units)
    #expect(blocks.count == 21)
    #expect(blocks.map(\.count).sorted() == Array(repeating: 4, count: 5) + Array(repeating: 5, count: 16))
    for a in 0..<20 { for b in 0..<a { #expect(timesTogether([units[a], units[b]], in: blocks) == 1) } }
    #expect(try Set(SubsetDesign.designOfTwenty(units)).count == 42)
  }

  @Test func randomSubsetsAreDistinctBalancedAndRepeatable() throws {
    let units = names(10)
    let blocks = try SubsetDesign.random(units, count: 24, size: 4, seed: 3)
    #expect(Set(blocks).count == 24 && blocks.allSatisfy { $0.count == 4 })
    let uses = units.map { unit in blocks.filter { $0.contains(unit) }.count }
    #expect((uses.max() ?? 0) - (uses.min() ?? 0) <= 1, "\(uses)")
    #expect(try blocks == SubsetDesign.random(units, count: 24, size: 4, seed: 3))
    #expect(try blocks != SubsetDesign.random(units, count: 24, size: 4, seed: 4))
    #expect(try Set(SubsetDesign.random(names(5), count: 10, size: 2, seed: 1)).count == 10)
  }

  @Test func anchorsAreARandomSampleWithoutRepetition() throws {
    let all = try SubsetDesign.all(names(5))
    let anchors = try SubsetDesign.sample(all, count: 9, seed: 2)
    #expect(Set(anchors).count == 9 && anchors.allSatisfy(all.contains))
    #expect(try anchors == SubsetDesign.sample(all.reversed(), count: 9, seed: 2))
    #expect(try anchors != SubsetDesign.sample(all, count: 9, seed: 3))
    #expect(throws: AffinityError.self) { try SubsetDesign.sample(all, count: 32, seed: 2) }
  }

  @Test func plainDesignsHaveTheirSizes() throws {
    #expect(try SubsetDesign.all(names(8)).count == 255)
    #expect(try SubsetDesign.singles(names(8)).count == 8)
    #expect(try SubsetDesign.pairs(names(8)).count == 28)
    #expect(try Set(SubsetDesign.leaveOneOut(names(8))).count == 9)
  }

  @Test func impossibleDesignsAreRefused() {
    #expect(throws: AffinityError.self) { try SubsetDesign.steinerQuadruples(names(7)) }
    #expect(throws: AffinityError.self) { try SubsetDesign.projectivePlane(names(21)) }
    #expect(throws: AffinityError.self) { try SubsetDesign.all(["a", "a"]) }
    #expect(throws: AffinityError.self) { try SubsetDesign.all([]) }
    #expect(throws: AffinityError.self) { try SubsetDesign.random(names(5), count: 11, size: 2, seed: 1) }
    #expect(throws: AffinityError.self) { try SubsetDesign.random(names(5), count: 1, size: 6, seed: 1) }
  }
}
