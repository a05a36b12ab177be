import Foundation

/// How an extraction is written: items between separators, those of a type after its name and a colon.
///
/// `Drug: naproxen; oxaprozin` and, on the next line or after another separator, `Effect: tense bullae`. A type holds
/// until the next one or the end of the line; a colon within an item means nothing unless a type's name stands before
/// it.
struct LabelledItemsFormat: Sendable {
  var separator = ";"
  /// The types there are; with none, all items are of one type.
  var types: [String] = []
  /// A text that says that there is no item.
  var none = "none"

  /// The words of each item (lower case, white space made single), by the number of its type; `types.count` holds
  /// those without one.
  func items(_ text: String) -> [[String]] {
    var items = [[String]](repeating: [], count: types.count + 1)
    for line in text.split(whereSeparator: \.isNewline) {
      var type = types.count
      for piece in line.components(separatedBy: separator) {
        var item = Self.folded(piece)
        if let colon = item.firstIndex(of: ":"),
          let named = types.firstIndex(where: { Self.folded($0) == Self.folded(String(item[..<colon])) })
        {
          type = named
          item = Self.folded(String(item[item.index(after: colon)...]))
        }
        if !item.isEmpty, item != none.lowercased() { items[type].append(item) }
      }
    }
    return items
  }

  private static func folded(_ text: String) -> String {
    text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
