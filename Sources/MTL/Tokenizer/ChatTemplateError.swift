import Foundation

/// Why a conversation cannot be written.
public enum ChatTemplateError: Error, Sendable, Equatable {
  /// The model at a path has no chat template.
  case missing(path: String)
  /// The model at a path has one that is of no known family.
  case unrecognised(path: String)
  /// The family cannot write these turns, for the reason given.
  case conversation(ChatTemplate.Family, String)
}

extension ChatTemplateError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    let families = ChatTemplate.Family.allCases.map(\.rawValue).joined(separator: ", ")
    return switch self {
    case .missing(let path): "\(path) has no chat template: choose one with --template (\(families))"
    case .unrecognised(let path):
      "the chat template of \(path) is not one this program knows: choose one with --template (\(families))"
    case .conversation(let family, let reason):
      "the \(family.rawValue) template needs user and assistant in turn, but \(reason)"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
