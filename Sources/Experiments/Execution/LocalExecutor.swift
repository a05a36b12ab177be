import Foundation
import MTL

/// Does several runs at once on threads of this process, over one resident base.
///
/// The cores are divided among the runs. Results do not depend on how: an adapter is the same bits for any number of
/// threads and whatever is computed beside it.
public final class LocalExecutor: Executor, @unchecked Sendable {
  public let capacity: Int
  private let cores: Int
  private let worker: RunWorker
  private let stopFlag: StopFlag
  private let lock = NSLock()
  private let signal = DispatchSemaphore(value: 0)
  private var events: [ExecutorEvent] = []
  private var left = 0

  /// At most `jobs` runs at once on `cores` threads. Raising `stop` ends what goes on.
  public init(worker: RunWorker, jobs: Int, cores: Int, stop: StopFlag) {
    self.worker = worker
    capacity = max(1, jobs)
    self.cores = max(1, cores)
    stopFlag = stop
  }

  public func prepare(_ ids: [String]) { lock.withLock { left = ids.count } }

  public func submit(_ id: String) {
    // Towards the end fewer runs share the cores.
    let together = lock.withLock {
      defer { left -= 1 }
      return min(capacity, max(1, left))
    }
    let threads = max(1, cores / together)
    let thread = Thread { [self] in
      let outcome = worker.work(
        id, share: 1 / Double(together), pool: { WorkerPool(count: threads, stop: self.stopFlag) }
      ) { event in
        self.add(.progress(id, event))
      }
      add(.ended(id, outcome))
    }
    thread.stackSize = 8 << 20
    thread.name = "mtl-run"
    thread.start()
  }

  private func add(_ event: ExecutorEvent) {
    lock.withLock { events.append(event) }
    signal.signal()
  }

  public func collect(timeout: Duration) -> [ExecutorEvent] {
    let milliseconds = Int(timeout / .milliseconds(1))
    _ = signal.wait(timeout: .now() + .milliseconds(milliseconds))
    // One signal for each event; those taken together with this one are taken back.
    return lock.withLock {
      let taken = events
      events = []
      for _ in taken.dropFirst() { _ = signal.wait(timeout: .now()) }
      return taken
    }
  }

  public func stop() { stopFlag.request() }
}
