import Foundation

/// How fast the products of a training step can be done at all: the bound that the engine is held to.
public struct GEMMBound: Codable, Sendable {
  /// Threads that computed.
  public var workers: Int
  /// Billions of floating-point operations a second, all threads together.
  public var gigaflops: Double
  /// Tokens a second if a LoRA step (rank 16 on q, k, v, o; a quarter of the tokens labels) were its products only.
  public var boundTokensPerSecond: Double

  /// Times the products of a forward and a backward pass over 512 tokens, every worker on its own.
  public static func measure(_ c: ModelConfiguration, on pool: WorkerPool) -> GEMMBound {
    OpenBLAS.useOneThread()
    let tokens = 512
    let rank = 16
    // (m, n, k) of a product and how often it is done for 512 tokens.
    var products: [(m: Int, n: Int, k: Int, count: Int)] = []
    for (out, input) in [
      (c.queryWidth + 2 * c.keyValueWidth, c.hiddenSize), (c.hiddenSize, c.queryWidth),
      (2 * c.intermediateSize, c.hiddenSize), (c.hiddenSize, c.intermediateSize),
    ] {
      products.append((tokens, out, input, c.layerCount))
      products.append((tokens, input, out, c.layerCount))
    }
    for (out, input) in [(c.queryWidth + 2 * c.keyValueWidth, c.hiddenSize), (c.hiddenSize, c.queryWidth)] {
      products += [
        (tokens, rank, input, c.layerCount), (tokens, out, rank, c.layerCount), (tokens, rank, out, c.layerCount),
        (out, rank, tokens, c.layerCount), (rank, input, tokens, c.layerCount), (tokens, input, rank, c.layerCount),
      ]
    }
    products.append((tokens / 4, c.vocabularySize, c.hiddenSize, 1))
    products.append((tokens / 4, c.hiddenSize, c.vocabularySize, 1))
    let work = products
    var best = Double.infinity
    for _ in 0..<3 {
      let start = Date()
      _ = try? pool.map(pool.count) { _, workspace in
        for product in work {
          workspace.scoped {
            let a = workspace.matrix(product.m, product.k)
            let b = workspace.matrix(product.k, product.n)
            let c = workspace.matrix(product.m, product.n)
            for _ in 0..<product.count { workspace.gemm(a, .plain, b, .plain, into: c) }
          }
        }
      }
      best = min(best, Date().timeIntervalSince(start))
    }
    let operations = work.reduce(0.0) { $0 + 2 * Double($1.m * $1.n) * Double($1.k * $1.count) }
    return GEMMBound(
      workers: pool.count, gigaflops: operations * Double(pool.count) / best / 1e9,
      boundTokensPerSecond: Double(tokens * pool.count) / best)
  }
}
