import Foundation

/// A table of aligned columns for a terminal.
public struct TextTable: Sendable {
  /// What a cell's colour says.
  public enum Tone: Sendable {
    /// No colour.
    case plain
    /// Helps, with the interval above zero.
    case good
    /// Harms, with the interval below zero.
    case bad
    /// Uncertain or missing.
    case faint

    fileprivate var escape: String? {
      switch self {
      case .plain: nil
      case .good: "\u{1B}[32m"
      case .bad: "\u{1B}[31m"
      case .faint: "\u{1B}[2m"
      }
    }
  }

  /// Some text and its tone.
  public struct Cell: Sendable {
    /// The text, of one line.
    public var text: String
    /// The colour, where colours are on.
    public var tone: Tone

    /// A cell.
    public init(_ text: String, tone: Tone = .plain) {
      self.text = text
      self.tone = tone
    }
  }

  /// Column heads; the first column is aligned left, the others right.
  public var header: [String]
  /// The rows, each as long as the header.
  public var rows: [[Cell]]

  /// A table with its heads.
  public init(header: [String], rows: [[Cell]] = []) {
    self.header = header
    self.rows = rows
  }

  /// The lines, with a rule below the head; colours are ANSI escapes and only written when asked for.
  public func render(colours: Bool = false) -> String {
    var widths = header.map(\.count)
    for row in rows {
      for (column, cell) in row.enumerated() where column < widths.count {
        widths[column] = max(widths[column], cell.text.count)
      }
    }
    func padded(_ text: String, _ column: Int) -> String {
      let space = String(repeating: " ", count: max(widths[column] - text.count, 0))
      return column == 0 ? text + space : space + text
    }
    func line(_ cells: [Cell]) -> String {
      let parts = widths.indices.map { column -> String in
        let cell = column < cells.count ? cells[column] : Cell("")
        let text = padded(cell.text, column)
        guard colours, let escape = cell.tone.escape else { return text }
        return escape + text + "\u{1B}[0m"
      }
      let joined = parts.joined(separator: "  ")
      // Trailing blanks would show up in snapshots and copied text.
      return String(joined.reversed().drop { $0 == " " }.reversed())
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
    return ([line(header.map { Cell($0) }), rule] + rows.map(line)).joined(separator: "\n") + "\n"
  }
}

/// A number with a fixed count of decimals; `signed` puts a plus before positive ones.
func decimal(_ value: Double, _ digits: Int, signed: Bool = false) -> String {
  guard value.isFinite else { return value.isNaN ? "-" : value > 0 ? "inf" : "-inf" }
  let text = String(format: "%.\(digits)f", value)
  let zero = !text.contains { $0 >= "1" && $0 <= "9" }
  let unsigned = zero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  return signed && !zero && value > 0 ? "+" + unsigned : unsigned
}
