import Foundation

/// A fixed number of threads, each with its own ``Workspace``, that take numbered jobs until none is left.
///
/// Results are in the order of the job numbers, whoever computed them: what is computed does not depend on how
/// many workers there are.
public final class WorkerPool: Sendable {
  /// How many workers there are.
  public let count: Int
  /// Ends stoppable work early.
  package let stop: StopFlag?
  private let state: State

  /// Starts `count` threads (at least one); what they compute for training and scoring ends soon once `stop` is raised.
  public init(count: Int, stop: StopFlag? = nil) {
    self.count = max(1, count)
    self.stop = stop
    state = State(count: self.count)
    for index in 0..<self.count {
      let thread = Thread { [state] in state.work(index) }
      thread.stackSize = 8 << 20
      thread.name = "mtl-worker-\(index)"
      thread.start()
    }
  }

  deinit { state.stop() }

  /// Bytes held by all workspaces. Call between runs.
  package var byteCount: Int { state.workspaces.reduce(0) { $0 + $1.byteCount } }

  /// The products of all workers. Call between runs.
  package var work: WorkCount {
    state.workspaces.reduce(into: WorkCount()) { sum, workspace in
      sum.products += workspace.work.products
      sum.multiplyAdds += workspace.work.multiplyAdds
    }
  }

  /// Runs jobs `0 ..< count`, started in that order, and returns their results in that order.
  ///
  /// Stoppable jobs are independent of each other, so that those not begun may be left out once ``stop`` is raised.
  ///
  /// - Throws: the error of the lowest-numbered job that failed, after all have ended; ``Stopped``.
  package func map<Value: Sendable>(
    _ count: Int, stoppable: Bool = false, _ body: @escaping @Sendable (Int, Workspace) throws -> Value
  ) throws -> [Value] {
    let results = Slots<Result<Value, any Error>>(count: count)
    let stop = stoppable ? stop : nil
    state.run(count) { index, workspace in
      results.set(
        index,
        Result {
          if let stop, stop.isRequested { throw Stopped() }
          return try workspace.scoped { try body(index, workspace) }
        })
    }
    return try results.all().map { try $0.get() }
  }
}

/// What the threads share; they keep it alive, not the pool, so that a pool that is let go of ends them.
private final class State: @unchecked Sendable {
  let workspaces: [Workspace]
  private let condition = NSCondition()
  private let oneRunAtATime = NSLock()
  private var job: (@Sendable (Int, Workspace) -> Void)?
  private var jobCount = 0
  private var next = 0
  private var unfinished = 0
  private var stopped = false

  init(count: Int) { workspaces = (0..<count).map { _ in Workspace() } }

  func run(_ count: Int, _ body: @escaping @Sendable (Int, Workspace) -> Void) {
    oneRunAtATime.lock()
    defer { oneRunAtATime.unlock() }
    condition.lock()
    defer { condition.unlock() }
    (job, jobCount, next, unfinished) = (body, count, 0, count)
    condition.broadcast()
    while unfinished > 0 { condition.wait() }
    job = nil
  }

  func stop() {
    condition.lock()
    stopped = true
    condition.broadcast()
    condition.unlock()
  }

  func work(_ index: Int) {
    condition.lock()
    defer { condition.unlock() }
    while !stopped {
      guard let job, next < jobCount else {
        condition.wait()
        continue
      }
      let number = next
      next += 1
      condition.unlock()
      job(number, workspaces[index])
      condition.lock()
      unfinished -= 1
      if unfinished == 0 { condition.broadcast() }
    }
  }
}

/// One place per job for its result.
private final class Slots<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [Value?]
  init(count: Int) { values = Array(repeating: nil, count: count) }
  func set(_ index: Int, _ value: Value) { lock.withLock { values[index] = value } }
  func all() -> [Value] { lock.withLock { values.compactMap { $0 } } }
}
