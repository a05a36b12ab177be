import Foundation
import MTL

/// The leases of a store: who does which run.
///
/// `leases/<run>/<generation>` is a file that its holder changes with every heartbeat. The highest generation counts. A
/// process takes a run by making the file of the next generation, which only one can; it may do so when there is none,
/// when the holder has released it, when the holder's process is known to be gone, or when the file has not changed for
/// as long as it says, as counted by this process's own clock, which only goes forward. So no two clocks are ever
/// compared, and no clock that is set back does harm. A lease that is not held any more tells its holder by being gone.
///
/// Where a holder was only held up, two processes may for a moment work on one run; both come to the same bits, and
/// results appear under their name by renaming alone.
public final class LeaseFolder: @unchecked Sendable {
  private let path: String
  private let seconds: Double
  private let now: @Sendable () -> Duration
  private let lock = NSLock()
  private var seen: [String: (generation: Int, bytes: Data, since: Duration)] = [:]

  /// Leases in a folder that may be taken over after `seconds` without a heartbeat; `now` is a clock that only goes
  /// forward.
  public init(_ path: String, seconds: Double = 60, now: (@Sendable () -> Duration)? = nil) {
    self.path = path
    self.seconds = seconds
    let start = ContinuousClock.now
    self.now = now ?? { ContinuousClock.now - start }
  }

  /// Who has a run that is not to be had.
  public enum Taken: Error, Sendable, Equatable {
    /// The holder, where its file says so.
    case by(LeaseHolder?)
  }

  private func folder(_ id: String) -> String { path + "/" + id }

  private func generations(_ id: String) -> [Int] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder(id))) ?? []).compactMap { name in
      Int(name).flatMap { String($0) == name && $0 > 0 ? $0 : nil }
    }.sorted()
  }

  /// Takes a run.
  ///
  /// - Throws: ``Taken`` where another has it; `FormatError.unwritable`.
  package func acquire(_ id: String) throws -> Lease {
    for _ in 0..<100 {
      do { try FileManager.default.createDirectory(atPath: folder(id), withIntermediateDirectories: true) } catch {
        throw FormatError.unwritable(path: folder(id), reason: error.localizedDescription)
      }
      let generation = generations(id).last ?? 0
      if generation > 0 {
        // Gone since the folder was read: look again.
        guard let (bytes, lease) = LeaseFile.read(folder(id) + "/\(generation)") else { continue }
        let isFree = lease.map { $0.isReleased || $0.holder.isGone } ?? false
        if !isFree, !isStale(id, generation, bytes, lease) { throw Taken.by(lease?.holder) }
      }
      let file = LeaseFile(holder: .current(seconds: seconds))
      let path = folder(id) + "/\(generation + 1)"
      guard try file.create(at: path) else { continue }
      for old in generations(id) where old <= generation { unlink(folder(id) + "/\(old)") }
      return Lease(file, path: path, folder: folder(id), generation: generation + 1)
    }
    throw FormatError.unwritable(path: folder(id), reason: "its leases change all the time")
  }

  private func isStale(_ id: String, _ generation: Int, _ bytes: Data, _ lease: LeaseFile?) -> Bool {
    let time = now()
    return lock.withLock {
      guard let last = seen[id], last.generation == generation, last.bytes == bytes, last.since <= time else {
        seen[id] = (generation, bytes, time)
        return false
      }
      // What another process says is believed within bounds.
      let patience = min(3600, max(1, lease?.holder.seconds ?? seconds))
      return time - last.since > .seconds(patience)
    }
  }

  /// Who does a run now, and how far it is; nil where nobody does.
  public func holder(of id: String) -> (holder: LeaseHolder, progress: Double)? {
    guard let generation = generations(id).last,
      let lease = LeaseFile.read(folder(id) + "/\(generation)")?.lease, !lease.isReleased, !lease.holder.isGone
    else { return nil }
    return (lease.holder, lease.progress)
  }
}

/// A run taken by this process.
package final class Lease: @unchecked Sendable {
  private let lock = NSLock()
  private var file: LeaseFile
  private let path: String
  private let folder: String
  private let generation: Int
  private var isLost = false

  init(_ file: LeaseFile, path: String, folder: String, generation: Int) {
    self.file = file
    self.path = path
    self.folder = folder
    self.generation = generation
  }

  /// Seconds between heartbeats.
  package var period: Double { file.holder.seconds / 6 }

  /// Shows that the holder lives.
  package func beat() {
    lock.withLock {
      if isLost { return }
      file.beat += 1
      // Where it cannot be written now, the next may be in time.
      if let held = try? file.update(at: path), !held { isLost = true }
    }
  }

  /// Says how far the run is, 0 to 1; written with the next heartbeat.
  package func setProgress(_ progress: Double) { lock.withLock { file.progress = progress } }

  /// Whether no other process has taken over.
  package var isHeld: Bool {
    lock.withLock {
      if isLost { return false }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      if !names.contains(String(generation)) || names.contains(where: { (Int($0) ?? 0) > generation }) { isLost = true }
      return !isLost
    }
  }

  /// Lets others go on with the run at once.
  package func release() {
    lock.withLock {
      if isLost { return }
      file.isReleased = true
      file.beat += 1
      _ = try? file.update(at: path)
      isLost = true
    }
  }

  /// Takes the lease away: the run is finished, and whoever takes it looks for that first.
  package func finish() {
    lock.withLock {
      isLost = true
      unlink(path)
      rmdir(folder)
    }
  }
}

/// Beats for all leases of this process, until it is let go of.
package final class LeaseKeeper: @unchecked Sendable {
  private let lock = NSLock()
  private var leases: [ObjectIdentifier: Lease] = [:]
  private let timer: any DispatchSourceTimer

  package init(period: Double) {
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "mtl.leases", qos: .userInitiated))
    // A deadline of the monotonic clock, whatever happens to the time of day.
    timer.schedule(deadline: .now() + period, repeating: period)
    timer.setEventHandler { [weak self] in self?.beat() }
    timer.activate()
  }

  deinit { timer.cancel() }

  package func keep(_ lease: Lease) { lock.withLock { leases[ObjectIdentifier(lease)] = lease } }

  package func drop(_ lease: Lease) { lock.withLock { leases[ObjectIdentifier(lease)] = nil } }

  private func beat() {
    for lease in lock.withLock({ Array(leases.values) }) { lease.beat() }
  }
}
