import Dispatch
import Foundation
import Synchronization

/// Turns ^C and SIGTERM into a wish to stop at the next resumable point; a second one ends the program at once.
final class StopSignal {
  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  private let flag = Flag()
  // Kept so that they go on listening.
  private let sources: [any DispatchSourceSignal]

  init() {
    sources = [SIGINT, SIGTERM].map { [flag] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if flag.isSet.exchange(true, ordering: .relaxed) { _exit(130) }
        printNote("\nstopping at the next resumable point; once more to stop at once")
      }
      source.resume()
      return source
    }
  }

  /// Whether to stop.
  var isRequested: Bool { flag.isSet.load(ordering: .relaxed) }
}
