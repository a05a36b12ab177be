import Dispatch
import Foundation
import MTL
import Synchronization

/// Turns ^C and SIGTERM into a wish to stop at the next resumable point; a second one ends the program at once.
final class StopSignal {
  private final class Number: Sendable {
    let value = Atomic<Int32>(0)
  }

  /// Raised by the first signal.
  let flag = StopFlag()
  private let number = Number()
  // Kept so that they go on listening.
  private let sources: [any DispatchSourceSignal]

  init() {
    sources = [SIGINT, SIGTERM].map { [flag, number] signalNumber in
      signal(signalNumber, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: signalNumber, queue: .global())
      source.setEventHandler {
        if flag.isRequested {
          ProcessCommand.killAll()
          _exit(128 + signalNumber)
        }
        number.value.store(signalNumber, ordering: .relaxed)
        flag.request()
        printNote("\nstopping at the next resumable point; once more to stop at once")
      }
      source.resume()
      return source
    }
  }

  /// Whether to stop.
  var isRequested: Bool { flag.isRequested }

  /// What a program ended by the signal exits with: 130 for ^C, 143 for SIGTERM.
  var exitCode: Int32 { 128 + number.value.load(ordering: .relaxed) }
}
