import TaskAffinity
import Testing

@Suite struct WeightTests {
  func random(_ count: Int, _ generator: inout SplitMix64) -> [Float] {
    (0..<count).map { _ in Float(generator.normal()) }
  }

  func dense(_ u: LowRankUpdate, input: Int, output: Int) -> [Double] {
    (0..<output).flatMap { o in
      (0..<input).map { i in
        Double(u.scale) * (0..<u.rank).reduce(0) { $0 + Double(u.b[o * u.rank + $1]) * Double(u.a[$1 * input + i]) }
      }
    }
  }

  @Test func innerProductsAreThoseOfTheDenseUpdates() throws {
    var generator = SplitMix64(seed: 1)
    let x = try LowRankUpdate(
      name: "q", a: random(2 * 5, &generator), b: random(7 * 2, &generator), rank: 2, scale: 0.5)
    let y = try LowRankUpdate(name: "q", a: random(3 * 5, &generator), b: random(7 * 3, &generator), rank: 3, scale: 2)
    let truth = zip(dense(x, input: 5, output: 7), dense(y, input: 5, output: 7)).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(isClose(try x.inner(y), truth, 1e-5))
  }

  @Test func theSameUpdateInOtherFactorsIsTheSame() throws {
    var generator = SplitMix64(seed: 2)
    let a = random(2 * 5, &generator)
    let b = random(7 * 2, &generator)
    // R = [[2, 1], [0, 4]]: B R and R^-1 A.
    var br: [Float] = []
    for row in 0..<7 {
      let (left, right) = (b[row * 2], b[row * 2 + 1])
      br += [2 * left, left + 4 * right]
    }
    var ra: [Float] = []
    for column in 0..<5 { ra.append(0.5 * a[column] - 0.125 * a[5 + column]) }
    for column in 0..<5 { ra.append(0.25 * a[5 + column]) }
    let x = try LowRankUpdate(name: "q", a: a, b: b, rank: 2, scale: 1)
    let y = try LowRankUpdate(name: "q", a: ra, b: br, rank: 2, scale: 1)
    let affinity = try weightAffinity([[x], [y]]).affinity
    #expect(isClose(try #require(affinity[0][1]), 1, 1e-5))
    #expect(try x.outputAngles(y).allSatisfy { isClose($0, 1, 1e-4) })
    #expect(try x.inputAngles(y).allSatisfy { isClose($0, 1, 1e-4) })
  }

  @Test func principalAnglesAreTheKnownOnes() throws {
    // Output spaces span(e0, e1) and span(e0, (e1 + e2) / sqrt 2): cosines 1 and sqrt(1/2).
    let x = try LowRankUpdate(name: "q", a: [1, 0, 0, 1], b: [1, 0, 0, 1, 0, 0], rank: 2, scale: 1)
    let y = try LowRankUpdate(name: "q", a: [1, 0, 0, 1], b: [3, 0, 0, 2, 0, 2], rank: 2, scale: 1)
    let angles = try x.outputAngles(y)
    #expect(isClose(angles[0], 1, 1e-6) && isClose(angles[1], 0.5.squareRoot(), 1e-6))
  }

  @Test func updatesOfOtherMatricesAreRefused() throws {
    let x = try LowRankUpdate(name: "q", a: [1, 0], b: [1, 0], rank: 1, scale: 1)
    let y = try LowRankUpdate(name: "k", a: [1, 0], b: [1, 0], rank: 1, scale: 1)
    #expect(throws: AffinityError.self) { try x.inner(y) }
    #expect(throws: AffinityError.self) { try LowRankUpdate(name: "q", a: [1, 2, 3], b: [1], rank: 2, scale: 1) }
  }

  @Test func mergesFollowTheirRules() throws {
    let updates: [[Float]] = [[1, -4, 0.1, 2], [3, 2, 0.2, -1]]
    #expect(try merge(updates, rule: .average) == [2, -1, 0.15, 0.5])
    // The halves kept are (-4, 2) and (3, 2); signs elected -, + and +.
    #expect(try merge(updates, rule: .ties(keep: 0.5)) == [3, -4, 0, 2])
    #expect(try merge(updates, rule: .dare(drop: 0, seed: 1)) == merge(updates, rule: .average))
    let many = try merge([Array(repeating: 1, count: 20_000)], rule: .dare(drop: 0.9, seed: 1))
    #expect(abs(many.reduce(0, +) / 20_000 - 1) < 0.1)
    #expect(Set(many).count == 2)
    #expect(throws: AffinityError.self) { try merge([[1], [1, 2]], rule: .average) }
    #expect(throws: AffinityError.self) { try merge([], rule: .average) }
  }
}
