import Foundation

/// A Jupyter notebook without outputs, as nbformat 4.5 has it.
struct Notebook: Encodable {
  /// A cell.
  struct Cell: Encodable {
    enum Kind: String {
      case markdown
      case code
    }
    var kind: Kind
    /// Letters, digits and hyphens; unique in the notebook.
    var id: String
    var source: String

    private enum Key: String, CodingKey {
      case cell_type, execution_count, id, metadata, outputs, source
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(kind.rawValue, forKey: .cell_type)
      try container.encode(id, forKey: .id)
      try container.encode([String: String](), forKey: .metadata)
      // A list of lines, which shows changes line by line.
      let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
      try container.encode(
        lines.enumerated().map { $0.offset < lines.count - 1 ? $0.element + "\n" : String($0.element) }, forKey: .source
      )
      if kind == .code {
        try container.encodeNil(forKey: .execution_count)
        try container.encode([String](), forKey: .outputs)
      }
    }
  }

  private struct Metadata: Encodable {
    var kernelspec = ["display_name": "Python 3", "language": "python", "name": "python3"]
    var language_info = ["name": "python"]
  }

  var cells: [Cell]
  private let metadata = Metadata()
  private let nbformat = 4
  private let nbformat_minor = 5

  init(cells: [Cell]) { self.cells = cells }

  private enum CodingKeys: String, CodingKey {
    case cells, metadata, nbformat, nbformat_minor
  }

  /// The file's text; equal notebooks give equal bytes.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

/// A text that Markdown prints as it is, in one line.
package func escapedMarkdown(_ text: String) -> String {
  text.unicodeScalars.map { scalar -> String in
    if scalar.value < 0x20 || scalar.value == 0x7F { return " " }
    if scalar == "<" { return "&lt;" }
    if scalar == "&" { return "&amp;" }
    let isPunctuation =
      scalar.isASCII && !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar) && scalar != " "
    return isPunctuation ? "\\" + String(scalar) : String(scalar)
  }.joined()
}
