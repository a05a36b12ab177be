import Foundation

/// PubTator documents: `id|t|title`, `id|a|abstract`, then a line of tab-separated columns for every annotation.
///
/// Offsets count characters (Unicode scalars) of the title, one separator and the abstract, and are checked against the
/// mention. Fields: `id`, `title`, `abstract`, `text`, `entities` (`text`, `type`, `start`, `end`), `types` (for every
/// type the different mentions) and `mentions` (the different mentions of all types, in the order of the text).
struct PubTatorReader: RowReader {
  func forEachRow(_ path: String, _ body: (Result<DataRow, TaskError>) throws -> Bool) throws {
    var block: [(line: Int, text: String)] = []
    var mistake: TaskError?
    func finish() throws -> Bool {
      defer {
        block = []
        mistake = nil
      }
      if let mistake { return try body(.failure(mistake)) }
      return block.isEmpty ? true : try body(Self.row(block, path))
    }
    var goesOn = true
    try forEachLine(path) { line, data in
      switch lineText(data, path, line) {
      case .failure(let error): mistake = mistake ?? error
      case .success(let text) where text.allSatisfy(\.isWhitespace): goesOn = try finish()
      case .success(let text): block.append((line, text))
      }
      return goesOn
    }
    if goesOn { _ = try finish() }
  }

  private static func row(_ block: [(line: Int, text: String)], _ path: String) -> Result<DataRow, TaskError> {
    func bad(_ line: Int, _ reason: String) -> Result<DataRow, TaskError> {
      .failure(.badRow(file: path, line: line, reason: reason))
    }
    func part(_ index: Int, _ mark: String) -> (id: String, text: String)? {
      guard block.indices.contains(index) else { return nil }
      let columns = block[index].text.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
      return columns.count == 3 && columns[1] == mark ? (String(columns[0]), String(columns[2])) : nil
    }
    guard let title = part(0, "t") else { return bad(block[0].line, "a document begins with a line `id|t|title`") }
    guard let abstract = part(1, "a"), abstract.id == title.id else {
      return bad(block[0].line + 1, "the title is followed by a line `\(title.id)|a|abstract`")
    }
    let text = title.text + " " + abstract.text
    let scalars = Array(text.unicodeScalars)
    var mentions: [Mention] = []
    for (line, annotation) in block.dropFirst(2) {
      let columns = annotation.split(separator: "\t", omittingEmptySubsequences: false)
      guard columns.count >= 4, columns[0] == title.id else {
        return bad(line, "an annotation has the columns id, start, end, mention, type and concept, separated by tabs")
      }
      // Relations between concepts have no offsets.
      guard columns.count >= 5 else { continue }
      guard let start = Int(columns[1]), let end = Int(columns[2]), start >= 0, start < end, end <= scalars.count else {
        return bad(line, "the offsets \(columns[1]) and \(columns[2]) are not within the text")
      }
      var found = String.UnicodeScalarView()
      found.append(contentsOf: scalars[start..<end])
      // Annotators leave spaces at the ends of mentions.
      let mention = columns[3].trimmingCharacters(in: .whitespaces)
      guard String(found).trimmingCharacters(in: .whitespaces) == mention else {
        return bad(line, "the text from \(start) to \(end) is `\(String(found))`, not `\(columns[3])`")
      }
      mentions.append(Mention(text: mention, type: String(columns[4]), start: start, end: end))
    }
    mentions.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    var all: [String] = []
    for mention in mentions where !all.contains(mention.text) { all.append(mention.text) }
    return .success(
      DataRow(
        line: block[0].line,
        fields: [
          "id": .string(title.id), "title": .string(title.text), "abstract": .string(abstract.text),
          "text": .string(text), "entities": .list(mentions.map(\.value)), "types": Mention.byType(mentions),
          "mentions": .list(all.map { .string($0) }),
        ]))
  }
}
