import Experiments
import Foundation
import MTL
import Synchronization
import Testing

/// A clock that a test sets, back too.
private final class TestClock: Sendable {
  private let seconds = Mutex(1000.0)
  var now: @Sendable () -> Duration { { self.seconds.withLock { .seconds($0) } } }
  func advance(_ seconds: Double) { self.seconds.withLock { $0 += seconds } }
}

@Suite struct LeaseTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "/leases-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func isTaken(_ leases: LeaseFolder, _ id: String = "run") throws -> Bool {
    do {
      try leases.acquire(id).release()
      return false
    } catch is LeaseFolder.Taken { return true }
  }

  /// A lease of a process on another machine, which can only be judged by its heartbeat.
  private func foreign(_ folder: String, beat: Int, generation: Int = 1, seconds: Double = 60) throws {
    let holder =
      #"{"host":"elsewhere","pid":1,"seconds":\#(seconds),"space":"other boot","started":"5","token":"t"}"#
    try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
    let count = String(repeating: "0", count: 20 - String(beat).count) + String(beat)
    try "\(holder)\n\(count) 0500000 held    \n".write(
      toFile: folder + "/run/\(generation)", atomically: true, encoding: .utf8)
  }

  @Test func aRunIsHeldByOneUntilItIsReleasedOrFinished() throws {
    try withFolder { folder in
      let (first, second) = (LeaseFolder(folder), LeaseFolder(folder))
      let lease = try first.acquire("run")
      #expect(try isTaken(second) && isTaken(first))
      #expect(lease.isHeld && second.holder(of: "run")?.holder.pid == getpid())
      #expect(try !isTaken(second, "another"))
      lease.setProgress(0.25)
      lease.beat()
      #expect(second.holder(of: "run")?.progress == 0.25)
      lease.release()
      #expect(second.holder(of: "run") == nil)
      let next = try second.acquire("run")
      #expect(next.isHeld && !lease.isHeld)
      next.finish()
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }

  @Test func manyWhoTakeARunAtOnceAreRefusedButForOne() throws {
    try withFolder { folder in
      for round in 0..<20 {
        let held = Mutex<[Lease]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
          if let lease = try? LeaseFolder(folder).acquire("run-\(round)") { held.withLock { $0.append(lease) } }
        }
        #expect(held.withLock(\.count) == 1)
      }
    }
  }

  @Test func aRunIsTakenOverWhenItsHeartbeatStandsStillAndNotBefore() throws {
    try withFolder { folder in
      let clock = TestClock()
      let leases = LeaseFolder(folder, now: clock.now)
      try foreign(folder, beat: 1)
      #expect(try isTaken(leases))
      clock.advance(50)
      try foreign(folder, beat: 2)
      #expect(try isTaken(leases), "it has moved")
      clock.advance(50)
      #expect(try isTaken(leases), "50 seconds of 60")
      clock.advance(11)
      #expect(try !isTaken(leases))
      #expect(!FileManager.default.fileExists(atPath: folder + "/run/1"))
    }
  }

  @Test func clocksThatGoBackwardsOrDifferDoNoHarm() throws {
    try withFolder { folder in
      let clock = TestClock()
      let leases = LeaseFolder(folder, now: clock.now)
      try foreign(folder, beat: 1)
      // The other machine's time of day is a year off, in either direction.
      for offset in [-3.2e7, 3.2e7] {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: offset)], ofItemAtPath: folder + "/run/1")
        #expect(try isTaken(leases))
      }
      clock.advance(-900)
      #expect(try isTaken(leases), "counting begins again")
      clock.advance(59)
      #expect(try isTaken(leases))
      clock.advance(2)
      #expect(try !isTaken(leases))
    }
  }

  @Test func aHolderThatWasTakenOverFromNoticesAndCannotComeBack() throws {
    try withFolder { folder in
      let clock = TestClock()
      let (here, there) = (LeaseFolder(folder), LeaseFolder(folder, now: clock.now))
      let stalled = try here.acquire("run")
      #expect(try isTaken(there))
      clock.advance(61)
      let taken = try there.acquire("run")
      #expect(!stalled.isHeld && taken.isHeld)
      stalled.beat()
      stalled.release()
      stalled.finish()
      #expect(taken.isHeld)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/run") == ["2"])
    }
  }

  @Test func aProcessThatWasKilledIsTakenOverFromAtOnce() throws {
    try withFolder { folder in
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sleep")
      process.arguments = ["60"]
      try process.run()
      let leases = LeaseFolder(folder)
      try leases.acquire("run").release()
      // The file as this process writes it, with the other's number and start.
      let path = folder + "/run/1"
      let own = try String(contentsOfFile: path, encoding: .utf8)
      func start(_ pid: Int32) throws -> Substring {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return try #require(text.split(separator: ")").last?.split(separator: " ")[19])
      }
      let theirs = try own.replacing(" released", with: " held    ")
        .replacing("\"pid\":\(getpid())", with: "\"pid\":\(process.processIdentifier)")
        .replacing("\"started\":\"\(start(getpid()))\"", with: "\"started\":\"\(start(process.processIdentifier))\"")
      try theirs.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(try isTaken(leases))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(try !isTaken(leases))
    }
  }

  @Test func whatIsNoLeaseIsWaitedForAsLongAsAnyOther() throws {
    try withFolder { folder in
      let clock = TestClock()
      let leases = LeaseFolder(folder, now: clock.now)
      try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
      try Data([0xFF, 0x0A, 0x00]).write(to: URL(filePath: folder + "/run/7"))
      #expect(try isTaken(leases))
      clock.advance(61)
      #expect(try !isTaken(leases))
    }
  }
}
