import Foundation

/// What a tokenizer cannot do.
public enum TokenizerError: Error, Sendable, Equatable {
  /// An id that no token has.
  case invalidToken(id: Int32, vocabularySize: Int)
}

extension TokenizerError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong.
  public var description: String {
    switch self {
    case .invalidToken(let id, let size): "there is no token \(id) in a vocabulary of \(size)"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
