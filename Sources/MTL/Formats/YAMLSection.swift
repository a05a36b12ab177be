import Yams

/// Reads a YAML mapping key by key, collecting every mistake with its line instead of stopping at the first.
///
/// Keys that nobody asked for are mistakes too; ``finish()`` reports them with the nearest key that was asked for.
public final class YAMLSection {
  /// What has gone wrong in a file so far.
  public final class Mistakes {
    /// The file.
    public let file: String
    /// In the order found.
    public private(set) var all: [ConfigurationMistake] = []
    init(file: String) { self.file = file }
    /// Adds one.
    public func add(_ message: String, line: Int?) {
      all.append(ConfigurationMistake(file: file, line: line, message: message))
    }
  }

  /// Shared by all sections of a file.
  public let mistakes: Mistakes
  /// The line the section begins on.
  public let line: Int?
  private let prefix: String
  private let values: [String: Node]
  private let lines: [String: Int]
  private let keys: [String]
  private var asked: Set<String> = []

  /// Parses a file whose top level is a mapping.
  ///
  /// - Throws: ``ConfigurationError`` where the text is not YAML or not a mapping.
  public convenience init(text: String, file: String) throws {
    let mistakes = Mistakes(file: file)
    do {
      guard let node = try Yams.compose(yaml: text), node.mapping != nil else {
        throw ConfigurationError([.init(file: file, line: 1, message: "the file must hold `key: value` lines")])
      }
      self.init(node, prefix: "", mistakes)
    } catch let error as YamlError {
      throw ConfigurationError([.init(file: file, line: error.line, message: "not valid YAML: \(error.reason)")])
    }
  }

  /// A mapping that is an item of a list; `prefix` goes before its keys in messages.
  init(_ node: Node, prefix: String, _ mistakes: Mistakes) {
    self.mistakes = mistakes
    self.prefix = prefix
    line = node.mark?.line
    var values: [String: Node] = [:]
    var lines: [String: Int] = [:]
    var keys: [String] = []
    for (key, value) in node.mapping ?? [:] {
      let name = key.string ?? ""
      if values[name] != nil { mistakes.add("`\(prefix)\(name)` is given twice", line: key.mark?.line) }
      values[name] = value
      lines[name] = key.mark?.line
      keys.append(name)
    }
    self.values = values
    self.lines = lines
    self.keys = keys
  }

  /// Whether a key is there.
  public func has(_ key: String) -> Bool { values[key] != nil }

  /// The line of a key, or of the section.
  public func line(of key: String) -> Int? { lines[key] ?? line }

  /// The value of a key as Yams has it; the key counts as asked for.
  public func node(_ key: String) -> Node? {
    asked.insert(key)
    return values[key]
  }

  /// Reports a mistake at a key.
  public func mistake(_ key: String, _ message: String) {
    mistakes.add("`\(prefix)\(key)` \(message)", line: line(of: key))
  }

  private func value<Value>(_ key: String, _ kind: String, _ read: (Node) -> Value?) -> Value? {
    guard let node = node(key) else { return nil }
    if let value = read(node) { return value }
    mistake(key, "must be \(kind)\(node.scalar.map { ", not `\($0.string)`" } ?? "")")
    return nil
  }

  /// A text.
  public func string(_ key: String) -> String? { value(key, "a text") { $0.scalar?.string } }

  /// A text that has to be there.
  public func requiredString(_ key: String) -> String? {
    if !has(key) {
      asked.insert(key)
      mistakes.add("`\(prefix)\(key)` is missing", line: line)
      return nil
    }
    return string(key)
  }

  /// A whole number.
  public func int(_ key: String) -> Int? { value(key, "a whole number") { $0.int } }

  /// A number.
  public func double(_ key: String) -> Double? { value(key, "a number") { $0.float ?? $0.int.map(Double.init) } }

  /// true or false.
  public func bool(_ key: String) -> Bool? { value(key, "true or false") { $0.bool } }

  /// One of the words of an enumeration.
  public func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ type: Word.Type) -> Word?
  where Word.RawValue == String {
    guard let text = string(key) else { return nil }
    if let word = Word(rawValue: text) { return word }
    let words = Word.allCases.map(\.rawValue)
    let nearest = nearestWord(to: text, among: words).map { "; did you mean `\($0)`?" } ?? ""
    mistake(key, "must be one of \(words.joined(separator: ", ")), not `\(text)`\(nearest)")
    return nil
  }

  /// A list of texts; a single text is a list of one.
  public func strings(_ key: String) -> [String]? {
    value(key, "a list of texts") { node in
      if let single = node.scalar?.string { return [single] }
      let items = node.sequence?.map { $0.scalar?.string }
      return items.flatMap { $0.contains(nil) ? nil : $0.compactMap { $0 } }
    }
  }

  /// A list of whole numbers; a single number is a list of one.
  public func ints(_ key: String) -> [Int]? {
    value(key, "a list of whole numbers") { node in
      if let single = node.int { return [single] }
      let items = node.sequence?.map(\.int)
      return items.flatMap { $0.contains(nil) ? nil : $0.compactMap { $0 } }
    }
  }

  /// A mapping below this one.
  public func section(_ key: String) -> YAMLSection? {
    value(key, "a mapping") { node in
      node.mapping == nil ? nil : YAMLSection(node, prefix: "\(prefix)\(key).", mistakes)
    }
  }

  /// The keys that are there, in the file's order; all count as asked for.
  public func allKeys() -> [String] {
    asked.formUnion(keys)
    return keys
  }

  /// Reports keys that were not asked for.
  public func finish() {
    for key in keys where !asked.contains(key) {
      let nearest = nearestWord(to: key, among: asked.sorted()).map { "; did you mean `\($0)`?" } ?? ""
      mistakes.add("`\(prefix)\(key)` is not a known key\(nearest)", line: line(of: key))
    }
  }

  /// Ends the reading of a file.
  ///
  /// - Throws: ``ConfigurationError`` with every mistake, if there is any.
  public func throwMistakes() throws {
    if !mistakes.all.isEmpty { throw ConfigurationError(mistakes.all) }
  }
}

extension YamlError {
  fileprivate var line: Int? {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
    default: nil
    }
  }

  fileprivate var reason: String {
    switch self {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
    default: "\(self)"
    }
  }
}
