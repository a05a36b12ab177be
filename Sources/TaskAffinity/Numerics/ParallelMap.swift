import Dispatch

/// The values of independent pieces of work, in order, computed on all processors.
func parallelMap<Value: Sendable>(_ count: Int, _ value: @Sendable (Int) -> Value) -> [Value] {
  var values = [Value?](repeating: nil, count: count)
  values.withUnsafeMutableBufferPointer { buffer in
    // Every piece writes its own element.
    nonisolated(unsafe) let buffer = buffer
    DispatchQueue.concurrentPerform(iterations: count) { buffer[$0] = value($0) }
  }
  return values.compactMap { $0 }
}
