import QuickstartData
import Testing

@Suite struct BaselineTests {
  @Test func setF1CountsItemsWhateverTheirOrder() {
    #expect(Baseline.score(.setF1, "a; b", "b; a") == 1)
    #expect(Baseline.score(.setF1, "a", "a; b; c") == 0.5)
    #expect(Baseline.score(.setF1, "none", "a") == 0)
  }

  @Test func rougeLCountsTheLongestCommonSubsequence() {
    // Subsequence "the cat mat" of lengths 4 and 5: 2 * 3 / 9.
    #expect(abs(Baseline.score(.rougeL, "The cat, red mat", "the cat sat on mat") - 6.0 / 9.0) < 1e-12)
    #expect(Baseline.score(.rougeL, "", "a") == 0)
  }

  @Test func theGeneratorGivesTheDrawsOfItsDefinition() {
    // FNV-1a of the empty name is the offset basis, 0xcbf29ce484222325; then one SplitMix64 step by hand.
    var bits: UInt64 = 0xcbf2_9ce4_8422_2325 &+ 0x9e37_79b9_7f4a_7c15
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    bits ^= bits >> 31
    var generator = SplitMix64(name: "")
    #expect(generator.next() == bits)
    #expect(Set(generator.shuffled(Array(0..<50))) == Set(0..<50))
  }
}
