import Foundation

/// A file that cannot be used, and where in it the trouble is.
public enum FormatError: Error, Sendable, Equatable {
  /// The file cannot be opened or read: path and the system's reason.
  case unreadable(path: String, reason: String)
  /// The file cannot be written: path and the system's reason.
  case unwritable(path: String, reason: String)
  /// The bytes contradict the format: path, what is wrong.
  case damaged(path: String, reason: String)
  /// The format is sound but holds something this program does not handle.
  case unsupported(path: String, what: String)
}

extension FormatError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason); fetch or write it again"
    case .unsupported(let path, let what): "\(path): \(what) is not supported"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
