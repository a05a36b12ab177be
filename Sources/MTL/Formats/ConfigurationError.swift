import Foundation

/// One thing that is wrong in a configuration file.
public struct ConfigurationMistake: Sendable, Hashable {
  /// The file.
  public var file: String
  /// From 1; nil where it concerns the whole file.
  public var line: Int?
  /// What is wrong and what to do, without a full stop.
  public var message: String

  /// A mistake.
  public init(file: String, line: Int?, message: String) {
    self.file = file
    self.line = line
    self.message = message
  }
}

/// Everything that is wrong in configuration files, reported in one go.
public struct ConfigurationError: Error, Sendable, Hashable {
  /// In the order of the files' lines.
  public var mistakes: [ConfigurationMistake]

  /// An error of at least one mistake.
  public init(_ mistakes: [ConfigurationMistake]) {
    self.mistakes = mistakes.sorted { ($0.file, $0.line ?? 0, $0.message) < ($1.file, $1.line ?? 0, $1.message) }
  }
}

extension ConfigurationError: CustomStringConvertible, LocalizedError {
  /// A line `file:line: message` for each mistake.
  public var description: String {
    mistakes.map { "\($0.file):\($0.line.map { "\($0):" } ?? "") \($0.message)" }.joined(separator: "\n")
  }

  /// The same lines, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}

/// The word of `candidates` nearest to `word`, if it is near enough to be what was meant.
public func nearestWord(to word: String, among candidates: some Sequence<String>) -> String? {
  let scored = candidates.map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
  guard let best = scored.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return nil }
  return best.1 <= max(2, word.count / 3) ? best.0 : nil
}

/// Insertions, deletions and replacements that turn one word into the other.
private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let replaced = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
