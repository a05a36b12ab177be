import Foundation

/// A file of instructions without categories.
public struct InstructionPool: Sendable {
  /// The file.
  public var path: String
  /// Its form: one with a row an instruction.
  public var format: DataFormat
  /// The field that says what is asked.
  public var field: String
  /// The field of ids; `_row` for the rows' numbers.
  public var idField: String

  /// A pool of Alpaca's form unless another is given.
  public init(path: String, format: DataFormat = .alpaca, field: String = "instruction", idField: String = "_row") {
    self.path = path
    self.format = format
    self.field = field
    self.idField = idField
  }

  /// An instruction of the pool.
  public struct Item: Sendable, Hashable {
    /// Its id.
    public var id: String
    /// What is asked.
    public var instruction: String

    /// The beginning, on one line.
    var head: String {
      let line = instruction.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return line.count > 100 ? line.prefix(99) + "…" : line
    }
  }

  /// Offers every instruction, in the file's order.
  ///
  /// - Throws: ``TaskError`` for a broken row, a field that is not there or an id that comes twice, and what the body
  ///   throws.
  public func forEachItem(_ body: (Item) throws -> Void) throws {
    var ids: Set<String> = []
    let source = RowSource(files: [path], reader: try reader, steps: RowSteps())
    try source.forEachItem { result in
      let row = try result.get().row
      let item = Item(
        id: try row.required(idField, file: path).text, instruction: try row.required(field, file: path).text)
      guard ids.insert(item.id).inserted else {
        throw TaskError.badRow(file: path, line: row.line, reason: "the id \(item.id) comes twice")
      }
      try body(item)
      return true
    }
    if ids.isEmpty { throw TaskError.badRow(file: path, line: 1, reason: "there are no instructions in the file") }
  }

  private var reader: any RowReader {
    get throws {
      switch format {
      case .alpaca, .jsonl: JSONArrayOrLinesReader()
      case .json: JSONDocumentReader(records: [])
      case .csv: DelimitedReader(separator: 0x2C)
      case .tsv: DelimitedReader(separator: 0x09)
      case .chat: ChatReader()
      case .superNI: SuperNaturalInstructionsReader()
      case .conll, .pubtator, .xml, .process:
        throw FormatError.unsupported(path: path, what: "a pool of instructions as \(format.rawValue)")
      }
    }
  }
}
