import Synchronization

/// The wish that long work end soon, at a point from which it can go on.
public final class StopFlag: Sendable {
  private let isSet = Atomic<Bool>(false)

  /// A flag that is not raised.
  public init() {}

  /// Raises it; it stays raised.
  public func request() { isSet.store(true, ordering: .relaxed) }

  /// Whether it is raised.
  public var isRequested: Bool { isSet.load(ordering: .relaxed) }
}

/// Work was given up because a ``StopFlag`` was raised; nothing that it should have changed has changed.
public struct Stopped: Error, Sendable, Equatable {
  /// The only value.
  public init() {}
}
