import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The elements of one name in an XML document, a row each.
///
/// Fields: the element's attributes and the texts of its child elements by name (a list where a name comes again), a
/// child's attributes as `Child_attribute`; of the elements around it the attributes as `Element_attribute` and the
/// texts of children that came before. White space is layout: runs of it become one space. Entities outside the
/// document are not read.
struct XMLReader: RowReader {
  /// The name of the element.
  let record: String

  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
      throw FormatError.unreadable(path: path, reason: systemReason(ENOENT))
    }
    let parser = XMLParser(data: data)
    parser.shouldResolveExternalEntities = false
    let rows = XMLRows(record: record)
    parser.delegate = rows
    let isWhole = parser.parse()
    for row in rows.rows where try !body(.success(row)) { return }
    if !isWhole {
      let reason = "the file is not well-formed XML from here on"
      throw TaskError.badRow(file: path, line: max(1, parser.lineNumber), reason: reason)
    }
  }
}

/// Collects rows while a document is parsed.
private final class XMLRows: NSObject, XMLParserDelegate {
  private struct Element {
    var name: String
    var attributes: [String: String]
    var text = ""
    var hasChildren = false
    /// What the children that hold only text said.
    var leaves: [String: FieldValue] = [:]
  }

  private let record: String
  private var open: [Element] = []
  private var recordDepth: Int?
  private var recordLine = 0
  private(set) var rows: [DataRow] = []

  init(record: String) { self.record = record }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if !open.isEmpty { open[open.count - 1].hasChildren = true }
    open.append(Element(name: name, attributes: attributes))
    if recordDepth == nil, name == record {
      recordDepth = open.count
      recordLine = parser.lineNumber
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if !open.isEmpty { open[open.count - 1].text += text }
  }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    if !open.isEmpty { open[open.count - 1].text += String(decoding: block, as: UTF8.self) }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    guard let element = open.popLast() else { return }
    if recordDepth == open.count + 1 {
      recordDepth = nil
      rows.append(row(element))
    } else if !open.isEmpty, !element.hasChildren {
      let parent = open.count - 1
      let text = FieldValue.string(element.text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
      switch open[parent].leaves[element.name] {
      case nil: open[parent].leaves[element.name] = text
      case .list(let texts): open[parent].leaves[element.name] = .list(texts + [text])
      case let first?: open[parent].leaves[element.name] = .list([first, text])
      }
      for (key, value) in element.attributes { open[parent].leaves[element.name + "_" + key] = .string(value) }
    }
  }

  private func row(_ element: Element) -> DataRow {
    var fields: [String: FieldValue] = [:]
    for outer in open {
      for (key, value) in outer.attributes { fields[outer.name + "_" + key] = .string(value) }
      fields.merge(outer.leaves) { $1 }
    }
    for (key, value) in element.attributes { fields[key] = .string(value) }
    fields.merge(element.leaves) { $1 }
    if !element.hasChildren {
      fields["text"] = .string(element.text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }
    return DataRow(line: recordLine, fields: fields)
  }
}
