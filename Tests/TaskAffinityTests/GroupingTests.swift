import TaskAffinity
import Testing

@Suite struct GroupingTests {
  func names(_ count: Int) -> [String] { (0..<count).map { "t\($0)" } }

  func random(_ count: Int, seed: UInt64) -> [[Double?]] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { i in (0..<count).map { j in i == j ? nil : generator.normal() } }
  }

  /// Tasks i and j help each other where i mod blocks = j mod blocks.
  func planted(_ count: Int, blocks: Int, noise: Double = 0.1) -> [[Double?]] {
    var generator = SplitMix64(seed: 4)
    return (0..<count).map { i in
      (0..<count).map { j in i == j ? nil : (i % blocks == j % blocks ? 1 : -1) + noise * generator.normal() }
    }
  }

  func partitions(_ items: [Int], into groups: Int) -> [[[Int]]] {
    guard let first = items.first else { return groups == 0 ? [[]] : [] }
    var result: [[[Int]]] = []
    for rest in partitions(Array(items.dropFirst()), into: groups) {
      for index in rest.indices {
        var grown = rest
        grown[index].append(first)
        result.append(grown)
      }
    }
    return result + partitions(Array(items.dropFirst()), into: groups - 1 < 0 ? -1 : groups - 1).map { $0 + [[first]] }
  }

  @Test(arguments: [PartitionObjective.meanScore, .density]) func exactPartitionIsTheBestOfAll(
    _ objective: PartitionObjective
  ) throws {
    let tasks = names(6)
    for seed in 1...5 {
      let scores = try GroupScores(tasks: tasks, affinity: random(6, seed: UInt64(seed)))
      for groups in 1...4 {
        let all = partitions(Array(0..<6), into: groups).compactMap { partition in
          scores.value(of: partition.map { $0.map { tasks[$0] } }, objective: objective)
        }
        let found = try scores.exactPartition(groups: groups, objective: objective)
        #expect(isClose(found.objective, try #require(all.max())))
        #expect(isClose(try #require(scores.value(of: found.groups, objective: objective)), found.objective))
        #expect(found.groups.count == groups)
      }
    }
  }

  @Test func overlappingGroupsAreTheBestOfAllChoices() throws {
    let tasks = names(4)
    for seed in 1...8 {
      let affinity = random(4, seed: UInt64(seed))
      let scores = try GroupScores(tasks: tasks, affinity: affinity)
      func score(_ mask: Int, _ task: Int) -> Double {
        let others = (0..<4).filter { mask >> $0 & 1 == 1 && $0 != task }
        return others.isEmpty ? 0 : others.reduce(0) { $0 + (affinity[$1][task] ?? 0) } / Double(others.count)
      }
      for groups in 1...3 {
        var best = -Double.infinity
        func choose(_ chosen: [Int]) {
          let bests = (0..<4).map { task in
            chosen.filter { $0 >> task & 1 == 1 }.map { score($0, task) }.max() ?? -.infinity
          }
          best = max(best, bests.reduce(0, +) / 4)
          if chosen.count < groups { for mask in 1..<16 { choose(chosen + [mask]) } }
        }
        for mask in 1..<16 { choose([mask]) }
        let found = try scores.overlappingGroups(groups)
        #expect(isClose(found.objective, best), "seed \(seed), \(groups) groups: \(found.objective) \(best)")
        #expect(Set(found.groups.joined()) == Set(tasks))
      }
    }
  }

  @Test func allMethodsFindPlantedGroups() throws {
    let tasks = names(9)
    let affinity = planted(9, blocks: 3)
    let expected = [["t0", "t3", "t6"], ["t1", "t4", "t7"], ["t2", "t5", "t8"]]
    var generator = SplitMix64(seed: 1)
    #expect(try spectralGrouping(tasks: tasks, affinity: affinity, groups: 3, generator: &generator).groups == expected)
    let density = try densityGrouping(tasks: tasks, affinity: affinity, groups: 3, generator: &generator)
    #expect(density.groups == expected)
    let scores = try GroupScores(tasks: tasks, affinity: affinity)
    #expect(try scores.exactPartition(groups: 3).groups == expected)
    #expect(try scores.exactPartition(groups: 3, objective: .meanScore).groups == expected)
  }

  @Test func relaxationBoundsTheBestPartitionAndRoundingReachesIt() throws {
    let tasks = names(7)
    for seed in 11...16 {
      let affinity = random(7, seed: UInt64(seed))
      var generator = SplitMix64(seed: 2)
      let relaxed = try densityGrouping(tasks: tasks, affinity: affinity, groups: 3, generator: &generator)
      var best = -Double.infinity
      for partition in partitions(Array(0..<7), into: 3) {
        let value = partition.reduce(0.0) { sum, group in
          let within = group.reduce(0.0) { part, i in group.reduce(part) { $1 == i ? $0 : $0 + (affinity[i][$1] ?? 0) }
          }
          return sum + within / Double(group.count)
        }
        best = max(best, value)
      }
      #expect(try #require(relaxed.bound) >= best - 1e-5, "bound \(relaxed.bound ?? 0) below \(best)")
      #expect(relaxed.objective <= best + 1e-9)
      #expect(relaxed.objective >= best - 1e-9, "seed \(seed): \(relaxed.objective) of \(best)")
    }
  }

  @Test func twelveTasksAreGroupedExactlyWithinSeconds() throws {
    let scores = try GroupScores(tasks: names(12), affinity: random(12, seed: 3))
    let clock = ContinuousClock()
    var partition: Grouping?
    let exact = try clock.measure { partition = try scores.exactPartition(groups: 4) }
    var covering: Grouping?
    let bounded = try clock.measure { covering = try scores.overlappingGroups(3) }
    print("12 tasks: exact \(exact), overlapping \(bounded)")
    #expect(exact < .seconds(10))
    #expect(partition?.groups.joined().count == 12)
    #expect(Set(covering?.groups.joined().map { $0 } ?? []).count == 12)
  }

  @Test func moreGroupsThanTasksAndUnknownAffinitiesAreRefused() throws {
    let scores = try GroupScores(tasks: names(3), affinity: random(3, seed: 1))
    #expect(throws: AffinityError.self) { try scores.exactPartition(groups: 4) }
    #expect(throws: AffinityError.self) { try scores.overlappingGroups(0) }
    var holes = random(3, seed: 1)
    holes[0][1] = nil
    #expect(throws: AffinityError.insufficient(what: "a grouping", missing: "the affinity of t0 on t1")) {
      try GroupScores(tasks: names(3), affinity: holes)
    }
  }
}
