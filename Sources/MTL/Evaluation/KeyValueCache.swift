/// Keys and values of one sequence at every layer, so that a new token attends to what came before without
/// computing it again.
///
/// Sendable because each worker writes and reads its own heads between barriers.
package final class KeyValueCache: @unchecked Sendable {
  private let keys: [FloatBuffer]  // a layer each, [capacity, K Dh]
  private let values: [FloatBuffer]
  private let width: Int
  package let capacity: Int
  /// Tokens held.
  package var count = 0

  package init(_ configuration: ModelConfiguration, capacity: Int) {
    width = configuration.keyValueWidth
    self.capacity = capacity
    let size = capacity * width
    keys = (0..<configuration.layerCount).map { _ in FloatBuffer(count: size) }
    values = (0..<configuration.layerCount).map { _ in FloatBuffer(count: size) }
  }

  /// Keys of the first `count` tokens [count, K Dh].
  package func keys(_ layer: Int, _ count: Int) -> Matrix { keys[layer].matrix(rows: count, columns: width) }

  /// Values of the first `count` tokens [count, K Dh].
  package func values(_ layer: Int, _ count: Int) -> Matrix { values[layer].matrix(rows: count, columns: width) }

  /// Copies `k` and `v` [n, K Dh] of a layer to the places from `position` on.
  package func write(_ layer: Int, at position: Int, k: Matrix, v: Matrix) {
    let end = position + k.rows
    keys(layer, end).rows(position..<end).copy(from: k)
    values(layer, end).rows(position..<end).copy(from: v)
  }
}

extension LanguageModel {
  /// Keys and values of the tokens that all prompts begin with, if these are enough to matter; each prompt keeps at
  /// least one token of its own.
  package func sharedPrefix(
    of prompts: [[Int32]], adapter: Adapter?, _ pool: WorkerPool
  ) throws -> (tokens: [Int32], cache: KeyValueCache)? {
    guard prompts.count > 1, let first = prompts.first else { return nil }
    let length = prompts.reduce(first.count - 1) { length, prompt in
      min(length, prompt.count - 1, zip(first, prompt).prefix { $0 == $1 }.count)
    }
    // Fewer tokens cost less than putting them in front of every sequence's keys.
    guard length >= 8 else { return nil }
    let tokens = Array(first.prefix(length))
    let cache = KeyValueCache(configuration, capacity: length)
    _ = try pool.map(1) { _, workspace in
      let batch = PackedBatch([Continuations(prompt: tokens, choices: [[0]])])
      let selection = LayerContext.Selection(rows: batch.labelledRows, spans: batch.labelledSpans)
      _ = try self.finalStates(batch, selecting: selection, adapter: adapter, workspace) { layer, tape in
        cache.write(layer, at: 0, k: tape.k, v: tape.v)
      }
    }
    cache.count = length
    return (tokens, cache)
  }
}
