import Foundation

/// The weights of every draw: example clusters of each task, and seeds.
///
/// One plan serves all subsets, so that a draw holds the same examples and the same seeds for each of them (common
/// random numbers): what subsets share cancels in their difference.
struct ResamplingPlan: Sendable {
  let settings: BootstrapSettings
  let seedCount: Int
  /// [seedCount, draws] standard normals.
  private let seedNormals: [Double]
  /// [seedCount - 1, draws] standard normals whose squares make the chi.
  private let chiNormals: [Double]

  init(settings: BootstrapSettings, seedCount: Int) {
    self.settings = settings
    self.seedCount = seedCount
    var generator = SplitMix64(seed: settings.seed, stream: "seeds")
    seedNormals = (0..<seedCount * settings.draws).map { _ in generator.normal() }
    generator = SplitMix64(seed: settings.seed, stream: "chi")
    chiNormals = (0..<max(seedCount - 1, 0) * settings.draws).map { _ in generator.normal() }
  }

  /// How often each cluster of a task is drawn: [clusters, draws], every column summing to the clusters.
  func clusterWeights(task: String, clusters: Int) -> [Double] {
    var generator = SplitMix64(seed: settings.seed, stream: "examples of \(task)")
    var weights = [Double](repeating: 0, count: clusters * settings.draws)
    for draw in 0..<settings.draws {
      for _ in 0..<clusters { weights[generator.index(below: clusters) * settings.draws + draw] += 1 }
    }
    return weights
  }

  /// The weights of the given seeds (indices into the table's): [seeds, draws], every column summing to one.
  func seedWeights(_ seeds: [Int]) -> [Double] {
    let m = seeds.count
    let draws = settings.draws
    var weights = [Double](repeating: 1 / Double(max(m, 1)), count: max(m, 1) * draws)
    guard m > 1 else { return weights }
    switch settings.seedResampling {
    case .multinomial:
      // Keyed by the seeds themselves, so that every statistic over the same seeds sees the same draws.
      var generator = SplitMix64(seed: settings.seed, stream: "seeds \(seeds)")
      weights = [Double](repeating: 0, count: m * draws)
      for draw in 0..<draws {
        for _ in 0..<m { weights[generator.index(below: m) * draws + draw] += 1 / Double(m) }
      }
    case .studentised:
      for draw in 0..<draws {
        let normals = seeds.map { seedNormals[$0 * draws + draw] }
        let mean = normals.reduce(0, +) / Double(m)
        var chi = 0.0
        for row in 0..<m - 1 {
          let z = chiNormals[row * draws + draw]
          chi += z * z
        }
        // Normal multipliers over sqrt(m (m - 1)) give the variance s^2 / m; the chi makes the tails Student's.
        let scale = 1 / (Double(m) * chi).squareRoot()
        for (row, normal) in normals.enumerated() { weights[row * draws + draw] += (normal - mean) * scale }
      }
    }
    return weights
  }
}
