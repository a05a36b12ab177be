extension StatisticColumns {
  /// The estimate with its BCa interval.
  ///
  /// The interval's ends are quantiles of the draws at `Phi(z0 + (z0 + k z) / (1 - a (z0 + k z)))`, with z0 from the
  /// share of draws below the point, the acceleration a from the jackknife over clusters, and k the ratio of the
  /// crossed standard error to the draws': resampling seeds and examples at once counts their interaction three
  /// times (Owen 2007), k takes the surplus out. Seeds do not enter the acceleration: the skewness of a handful is
  /// noise. Source: Efron 1987.
  func estimate(level: Double) -> Estimate {
    let spread = SpreadOfStatistic(self)
    let scope = spread.scope(seeds: seeds)
    let alone = seeds > 0 && perSeed.allSatisfy(\.isFinite) ? perSeed : []
    guard point.isFinite, scope != .none, let variance = spread.variance, variance.isFinite else {
      return Estimate(
        value: point, lower: nil, upper: nil, standardError: nil, seeds: seeds, scope: scope, perSeed: alone)
    }
    let interval = interval(level: level, spread: spread)
    let positive = draws.reduce(0.0) { $0 + ($1 > 0 ? 1 : $1 == 0 ? 0.5 : 0) } / Double(draws.count)
    return Estimate(
      value: point, lower: interval?.lower, upper: interval?.upper, standardError: variance.squareRoot(), seeds: seeds,
      scope: scope, components: spread.components(seeds: seeds), perSeed: alone, positiveShare: positive)
  }

  private func interval(level: Double, spread: SpreadOfStatistic) -> (lower: Double, upper: Double)? {
    guard draws.allSatisfy(\.isFinite) else { return nil }
    var below = 0.0
    for draw in draws { below += draw < point ? 1 : draw == point ? 0.5 : 0 }
    let count = Double(draws.count)
    // A share of 0 or 1 would send the correction to infinity.
    let z0 = Normal.quantile(min(max(below / count, 0.5 / count), 1 - 0.5 / count))
    let a = spread.acceleration
    func end(_ p: Double) -> Double {
      let z = z0 + Normal.quantile(p) * spread.shrinkage
      let denominator = 1 - a * z
      return denominator > 0 ? Normal.cdf(z0 + z / denominator) : (z > 0 ? 1 : 0)
    }
    var scratch = draws
    let lower = quantile(end((1 - level) / 2), of: &scratch)
    let upper = quantile(end((1 + level) / 2), of: &scratch)
    return (lower, upper)
  }
}

/// Crossed variance components of a statistic by jackknife pseudo-values: seeds x clusters in every task.
struct SpreadOfStatistic {
  /// Variance of the mean over seeds, as observed: seed + residual / clusters.
  private(set) var betweenSeeds = 0.0
  /// Variance of the mean over clusters, as observed: example + residual / seeds.
  private(set) var betweenClusters = 0.0
  /// Variance of the mean from the residual.
  private(set) var residual = 0.0
  private(set) var acceleration = 0.0
  private(set) var shrinkage = 1.0
  private(set) var clusters = 0
  private var exampleComponent = 0.0
  private var residualComponent = 0.0
  private let seedRows: Int

  /// The variance of the statistic; nil when neither seeds nor clusters vary.
  var variance: Double? {
    guard seedRows > 1 || clusters > 1 else { return nil }
    return max(betweenSeeds, residual) + max(betweenClusters, residual) - residual
  }

  init(_ columns: StatisticColumns) {
    let m = columns.perSeed.count
    seedRows = m
    if m > 1 {
      let mean = columns.perSeed.reduce(0, +) / Double(m)
      betweenSeeds = columns.perSeed.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(m * (m - 1))
    }
    var cubes = 0.0
    var squares = 0.0
    var drawn = 0.0
    for block in columns.jackknife.sorted(by: { $0.key < $1.key }).map(\.value) {
      let n = block.count / m
      clusters += n
      guard n > 1 else { continue }
      let influence = Influence(block, seeds: m, clusters: n)
      let count = Double(n)
      for value in influence.clusterMeans {
        let part = value / count
        squares += part * part
        cubes += part * part * part
      }
      let ofClusters = influence.clusterVariance / count
      let ofResidual = influence.residualVariance / (count * Double(m))
      betweenClusters += ofClusters
      residual += ofResidual
      drawn += ofClusters * (count - 1) / count
      exampleComponent += ofClusters - ofResidual
      residualComponent += ofResidual
    }
    let scale = squares + betweenSeeds
    acceleration = scale > 0 ? cubes / (6 * scale * scale.squareRoot()) : 0
    let boot = betweenSeeds + drawn + residual
    if boot > 0, let variance { shrinkage = (variance / boot).squareRoot() }
  }

  func scope(seeds: Int) -> IntervalScope {
    if seeds == 0 { return clusters > 1 ? .examples : .none }
    if seeds == 1 { return clusters > 1 ? .examplesOfOneSeed : .none }
    return clusters > 1 ? .seedsAndExamples : .seedsOnly
  }

  func components(seeds: Int) -> VarianceComponents {
    let n = Double(clusters)
    return VarianceComponents(
      seed: seeds > 1 ? (betweenSeeds - residual) * Double(seeds) : nil, example: exampleComponent * n,
      residual: seeds > 1 ? residualComponent * n * Double(seeds) : nil, seeds: seeds, clusters: clusters)
  }
}

/// Pseudo-values of a seeds x clusters block, centred in each seed.
private struct Influence {
  /// [clusters]
  let clusterMeans: [Double]
  /// Variance between cluster means.
  let clusterVariance: Double
  /// Variance of seed-and-cluster residuals, 0 with one seed.
  let residualVariance: Double

  init(_ block: [Double], seeds: Int, clusters: Int) {
    var deviations = [Double](repeating: 0, count: block.count)
    var means = [Double](repeating: 0, count: clusters)
    for seed in 0..<seeds {
      var mean = 0.0
      for cluster in 0..<clusters { mean += block[seed * clusters + cluster] }
      mean /= Double(clusters)
      for cluster in 0..<clusters {
        let deviation = Double(clusters - 1) * (mean - block[seed * clusters + cluster])
        deviations[seed * clusters + cluster] = deviation
        means[cluster] += deviation / Double(seeds)
      }
    }
    clusterMeans = means
    clusterVariance = means.reduce(0) { $0 + $1 * $1 } / Double(clusters - 1)
    guard seeds > 1 else {
      residualVariance = 0
      return
    }
    var squares = 0.0
    for seed in 0..<seeds {
      for cluster in 0..<clusters {
        let rest = deviations[seed * clusters + cluster] - means[cluster]
        squares += rest * rest
      }
    }
    residualVariance = squares / Double((seeds - 1) * (clusters - 1))
  }
}
