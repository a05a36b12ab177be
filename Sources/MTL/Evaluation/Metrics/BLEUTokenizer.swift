/// The words that BLEU counts.
public enum BLEUTokenizer: String, Sendable, CaseIterable {
  /// mteval-v13a, what WMT uses: punctuation stands alone, except within numbers.
  case mteval13a = "13a"
  /// What white space separates.
  case none

  /// The words of a segment.
  func words(_ text: String) -> [[Unicode.Scalar]] {
    switch self {
    case .none: PythonText.words(text.unicodeScalars)
    case .mteval13a: PythonText.words(Self.separated(text))
    }
  }

  /// The segment with spaces around whatever is a word of its own.
  private static func separated(_ text: String) -> [Unicode.Scalar] {
    var line = Array(text.unicodeScalars)
    while let last = line.last, PythonText.isSpace(last) { line.removeLast() }
    for (pattern, replacement) in [("<skipped>", ""), ("-\n", ""), ("\n", " ")] { replace(&line, pattern, replacement) }
    if line.contains("&") {
      for (pattern, replacement) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        replace(&line, pattern, replacement)
      }
    }
    var spaced: [Unicode.Scalar] = [" "]
    for scalar in line { spaced += isSymbol(scalar) ? [" ", scalar, " "] : [scalar] }
    spaced.append(" ")
    spaced = pairs(spaced) { !isDigit($0) && isPoint($1) ? [$0, " ", $1, " "] : nil }
    spaced = pairs(spaced) { isPoint($0) && !isDigit($1) ? [" ", $0, " ", $1] : nil }
    return pairs(spaced) { isDigit($0) && $1 == "-" ? [$0, " ", $1, " "] : nil }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  private static func isPoint(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "," }

  /// ASCII punctuation but for `'`, `,`, `-` and `.`.
  private static func isSymbol(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "{"..."~", "["..."`", " "..."&", "("..."+", ":"..."@", "/": true
    default: false
    }
  }

  /// Replaces pairs from the left that do not overlap, as a regular expression of two characters does.
  private static func pairs(
    _ line: [Unicode.Scalar], _ replacement: (Unicode.Scalar, Unicode.Scalar) -> [Unicode.Scalar]?
  ) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(line.count + 8)
    var i = 0
    while i < line.count {
      if i + 1 < line.count, let replaced = replacement(line[i], line[i + 1]) {
        result += replaced
        i += 2
      } else {
        result.append(line[i])
        i += 1
      }
    }
    return result
  }

  private static func replace(_ line: inout [Unicode.Scalar], _ pattern: String, _ replacement: String) {
    let pattern = Array(pattern.unicodeScalars)
    var result: [Unicode.Scalar] = []
    var i = 0
    while i < line.count {
      if line[i] == pattern[0], line[i...].starts(with: pattern) {
        result += replacement.unicodeScalars
        i += pattern.count
      } else {
        result.append(line[i])
        i += 1
      }
    }
    line = result
  }
}
