import Foundation
import TaskAffinity

/// One cell of a tidy table.
public enum TidyValue: Sendable, Hashable {
  /// A text.
  case text(String)
  /// A number; one that is not finite is written as missing.
  case number(Double)
  /// A whole number.
  case integer(Int)
  /// Yes or no.
  case flag(Bool)
  /// Unknown: an empty cell in CSV, null in JSON; never a zero.
  case missing
}

/// A table with one observation a row, and what its columns mean.
public struct TidyTable: Sendable {
  /// A column and its entry in the data dictionary.
  public struct Column: Sendable {
    /// The name, in snake case.
    public var name: String
    /// `text`, `number`, `integer` or `flag`.
    public var type: String
    /// What it holds, with its unit.
    public var meaning: String

    init(_ name: String, _ type: String, _ meaning: String) {
      self.name = name
      self.type = type
      self.meaning = meaning
    }
  }

  /// The table's name, which its file has too.
  public let name: String
  /// What a row is.
  public let row: String
  /// The columns.
  public let columns: [Column]
  /// The rows, each as long as the columns.
  public var rows: [[TidyValue]] = []

  init(_ name: String, row: String, columns: [Column]) {
    self.name = name
    self.row = row
    self.columns = columns
  }
}

extension TidyTable {
  /// The table as RFC 4180 has it, with a header line; texts that a spreadsheet would run as formulas are made inert.
  public func csv() -> String {
    var text = columns.map { Self.field($0.name) }.joined(separator: ",") + "\r\n"
    for row in rows { text += row.map(Self.csv).joined(separator: ",") + "\r\n" }
    return text
  }

  /// The table as an array of JSON objects.
  var json: [[String: JSONValue]] {
    rows.map { row in
      Dictionary(uniqueKeysWithValues: zip(columns, row).map { ($0.name, JSONValue($1)) })
    }
  }

  private static func csv(_ value: TidyValue) -> String {
    switch value {
    case .text(let text): field(text)
    case .number(let number): number.isFinite ? "\(number)" : ""
    case .integer(let number): "\(number)"
    case .flag(let flag): flag ? "true" : "false"
    case .missing: ""
    }
  }

  /// A text as a field: an apostrophe before what starts a formula, quotes where they are needed.
  static func field(_ text: String) -> String {
    // Spreadsheets skip leading blanks before they decide, and some read full-width signs as plain ones.
    let starts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}", "|", "%"]
    let controls: Set<Unicode.Scalar> = ["\t", "\r", "\n"]
    let scalars = text.unicodeScalars
    let isFormula =
      scalars.first.map(controls.contains) ?? false
      || scalars.first { !$0.properties.isWhitespace }.map(starts.contains) ?? false
    let inert = isFormula ? "'" + text : text
    let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r", ";", "\t"]
    guard isFormula || inert.unicodeScalars.contains(where: special.contains) else { return inert }
    return "\"" + inert.replacing("\"", with: "\"\"") + "\""
  }
}

extension TidyTable {
  /// Every estimate of a comparison beside its truth.
  public static func scatter(_ comparison: EstimatorComparison) -> TidyTable {
    var table = TidyTable(
      "scatter", row: "an estimator, a subset and a task",
      columns: [
        Column("method", "text", "The estimator."),
        Column("subset", "text", "What is trained on, its units joined by plus signs."),
        Column("task", "text", "What is scored."),
        Column(
          "estimate", "number",
          "Minus the held-out loss in nats a token as predicted, or in no unit where it was not calibrated."),
        Column("truth", "number", "Minus the held-out loss in nats a token."),
      ])
    for report in comparison.reports {
      for point in report.scatter {
        table.rows.append([
          .text(report.method), .text(point.subset.description), .text(point.task), .number(point.estimate),
          .number(point.truth),
        ])
      }
    }
    return table
  }
}

extension TidyTable {
  /// Cosines of gradients by part of the adapter.
  public static func cosines(_ parts: [CosineAffinity], layout: TaskLayout) -> TidyTable {
    var table = TidyTable(
      "cosines", row: "a part of the adapter and two tasks",
      columns: [
        Column("part", "text", "all, a layer, or a matrix of a layer (its A and B together)."),
        Column("source", "text", "The task of the training gradient."),
        Column("target", "text", "The task of the held-out gradient."),
        Column("cosine", "number", "Of the two gradients; empty where one of them is zero."),
        Column("product", "number", "Their inner product."),
      ])
    let names = layout.tasks.map(\.name)
    for part in parts {
      for (i, source) in names.enumerated() {
        for (j, target) in names.enumerated() {
          table.rows.append([
            .text(part.block), .text(source), .text(target), part.cosine[i][j].map { .number($0) } ?? .missing,
            .number(part.product[i][j]),
          ])
        }
      }
    }
    return table
  }
}

/// A tidy value as JSON has it.
struct JSONValue: Encodable {
  let value: TidyValue

  init(_ value: TidyValue) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch value {
    case .text(let text): try container.encode(text)
    case .number(let number) where number.isFinite: try container.encode(number)
    case .integer(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .number, .missing: try container.encodeNil()
    }
  }
}
