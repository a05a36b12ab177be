import Foundation

/// A knowledge table that cannot be used.
public enum KnowledgeError: Error, Sendable, Equatable {
  /// The file cannot be read: its path and the system's reason.
  case unreadable(path: String, reason: String)
  /// The first line that is not a comment lacks a column that the program needs.
  case missingColumn(path: String, column: String)
  /// A row has another number of cells than the heading, or an empty cell.
  case malformedRow(path: String, line: Int, reason: String)
  /// Two rows share a name.
  case duplicate(path: String, name: String)
  /// There are not enough different facts to write the wanted number of examples.
  case tooFewFacts(task: String, side: Side, wanted: Int, found: Int)
}

extension KnowledgeError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and where.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .missingColumn(let path, let column): "\(path) has no column named \(column)"
    case .malformedRow(let path, let line, let reason): "\(path), line \(line): \(reason)"
    case .duplicate(let path, let name): "\(path) lists \(name) twice"
    case .tooFewFacts(let task, let side, let wanted, let found):
      "\(task) needs \(wanted) \(side.rawValue) examples but the knowledge yields \(found); add rows to the tables"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}
