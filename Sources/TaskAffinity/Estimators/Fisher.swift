/// Affinity by diagonal Fisher information: 1 less the Task2Vec distance of two tasks, [task][task], symmetric.
///
/// The Fisher diagonal of a task is the mean square of its sampled-answer gradients a token; the distance is that of
/// the cosine between F_a / (F_a + F_b) and F_b / (F_a + F_b). Source: Achille et al. 2019, section 3.
///
/// - Throws: ``AffinityError/noExamples(task:)`` for a task without sampled training gradients.
public func fisherAffinity(_ panels: some GradientPanels, layout: TaskLayout) throws -> PairAffinityEstimator {
  let n = layout.tasks.count
  let rows = panels.rows
  let members = try layout.tasks.indices.map { task in
    let places = rows.indices.filter { place in
      guard rows[place].example.task == task, rows[place].example.split == .train else { return false }
      if case .sampledLoss = rows[place].scalar { return true }
      return false
    }
    guard places.contains(where: { rows[$0].tokens > 0 }) else {
      throw AffinityError.noExamples(task: layout.tasks[task].name)
    }
    return places
  }
  let tokens = members.map { places in Float(places.reduce(0) { $0 + rows[$1].tokens }) }
  var ab = Array(repeating: Array(repeating: 0.0, count: n), count: n)
  var aa = ab
  var bb = ab
  try panels.forEachPanel { columns, values in
    let width = columns.count
    let fisher = members.enumerated().map { task, places -> [Float] in
      var sum = [Float](repeating: 0, count: width)
      for place in places {
        for column in 0..<width { sum[column] += values[place * width + column] * values[place * width + column] }
      }
      return sum.map { $0 / tokens[task] }
    }
    for i in 0..<n {
      for j in 0..<i {
        for column in 0..<width {
          let total = fisher[i][column] + fisher[j][column]
          // A parameter that moves neither task says nothing about the two.
          guard total > 0 else { continue }
          let a = Double(fisher[i][column] / total)
          let b = Double(fisher[j][column] / total)
          ab[i][j] += a * b
          aa[i][j] += a * a
          bb[i][j] += b * b
        }
      }
    }
  }
  let affinity = (0..<n).map { i in
    (0..<n).map { j -> Double? in
      if i == j { return 1 }
      let (high, low) = (max(i, j), min(i, j))
      let length = (aa[high][low] * bb[high][low]).squareRoot()
      return length > 0 ? ab[high][low] / length : nil
    }
  }
  return PairAffinityEstimator(
    name: "fisher", affinity: affinity, cost: EstimatorCost(backward: members.joined().count, runs: 1))
}
