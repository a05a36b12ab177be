import Foundation
import Synchronization

/// Lets a fixed number of threads wait for each other, many thousand times a second: they spin, and after a while give
/// way to other threads.
package final class SpinBarrier: Sendable {
  private let count: Int
  private let arrived = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)

  package init(count: Int) { self.count = count }

  /// Returns when all threads have called it. What they wrote before is visible to all after.
  package func wait() {
    if count == 1 { return }
    let current = generation.load(ordering: .acquiring)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
      arrived.store(0, ordering: .relaxed)
      generation.store(current + 1, ordering: .releasing)
      return
    }
    var spins = 0
    while generation.load(ordering: .acquiring) == current {
      spins += 1
      if spins > 4096 { sched_yield() }
    }
  }
}
