import Foundation
import MTL
import Yams

/// A specification as written: with what it includes, its variables and the command line's changes put in, not yet read.
///
/// `include:` names other files, relative to this one; mappings are merged key by key, the including file's values go
/// first, and a null takes a key away. `variables:` are put in for `${name}`. `grid:` lists values of settings, and
/// stands for every combination of them. Paths of bases and tasks are relative to the working folder.
public struct SweepDocument {
  /// The file, as it was named.
  public let file: String
  var root: Node.Mapping
  var grid: [(key: String, values: [Node])]
  var origins: [String: YAMLOrigin]

  /// Reads a file and everything that it includes, and makes changes such as `lora.rank=32`.
  ///
  /// - Throws: `ConfigurationError` with every mistake, its file and line; `FormatError.unreadable` for the file itself.
  public static func read(path: String, overrides: [String] = []) throws -> SweepDocument {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw FormatError.unreadable(path: path, reason: "it is missing or not UTF-8 text")
    }
    return try parse(text, file: path, overrides: overrides)
  }

  /// Parses a text; `file` is its name in messages, and what `include:` is relative to.
  ///
  /// - Throws: `ConfigurationError` with every mistake, its file and line.
  public static func parse(_ text: String, file: String, overrides: [String] = []) throws -> SweepDocument {
    var loader = DocumentLoader()
    var root = try loader.load(text, file: file)
    loader.override(&root, with: overrides)
    let variables = loader.takeVariables(&root)
    root = loader.substitute(variables, in: root)
    let grid = loader.takeGrid(&root)
    let document = SweepDocument(file: file, root: root, grid: grid, origins: loader.origins)
    if !loader.mistakes.isEmpty { throw ConfigurationError(loader.mistakes + document.mistakes()) }
    return document
  }

  /// The document as one YAML text that needs no other file and says its name.
  ///
  /// - Throws: `YamlError`.
  public func text() throws -> String {
    var whole = root
    if whole["name"] == nil { whole["name"] = Node(SweepSpecification.fallbackName(file)) }
    if !grid.isEmpty {
      let pairs = grid.map { (Node($0.key), Node($0.values)) }
      whole["grid"] = Node(pairs)
    }
    return "# Of \(file), with its includes, variables and changes put in.\n"
      + (try Yams.serialize(node: .mapping(whole)))
  }
}

/// One combination of a grid's values, as a specification.
public struct SweepPoint: Sendable, Hashable {
  /// The grid's settings and their values here; empty where there is no grid.
  public var values: [Value]
  /// What they make of the specification.
  public var specification: SweepSpecification

  /// A setting and its value as text.
  public struct Value: Sendable, Hashable, Codable {
    /// Such as `lora.rank`.
    public var key: String
    /// Such as `8`.
    public var value: String
  }

  /// Such as `lora.rank=8, base=b`; empty where there is no grid.
  public var label: String { values.map { "\($0.key)=\($0.value)" }.joined(separator: ", ") }
}

extension SweepDocument {
  /// The specifications of all combinations of the grid's values, the last key's changing fastest.
  ///
  /// - Throws: `ConfigurationError` with the mistakes of all of them.
  public func points() throws -> [SweepPoint] {
    var mistakes: [ConfigurationMistake] = []
    var points: [SweepPoint] = []
    for choice in choices() {
      var root = root
      var origins = origins
      for (number, axis) in zip(choice, grid) {
        let path = axis.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        set(axis.values[number], at: path[...], in: &root)
        origins[axis.key] = origins["grid.\(axis.key)"]
      }
      do {
        let section = YAMLSection(.mapping(root), file: file, origins: origins)
        points.append(
          SweepPoint(
            values: zip(choice, grid).map { .init(key: $1.key, value: Self.text($1.values[$0])) },
            specification: try SweepSpecification(section)))
      } catch let error as ConfigurationError {
        mistakes += error.mistakes.filter { !mistakes.contains($0) }
      }
    }
    if !mistakes.isEmpty { throw ConfigurationError(mistakes) }
    return points
  }

  /// What is wrong with the values, those that miss a variable apart.
  private func mistakes() -> [ConfigurationMistake] {
    do {
      _ = try points()
      return []
    } catch let error as ConfigurationError {
      return error.mistakes.filter { !$0.message.contains("${") }
    } catch { return [] }
  }

  /// A number of a value for each key of the grid.
  private func choices() -> [[Int]] {
    grid.reduce([[]]) { choices, axis in choices.flatMap { choice in axis.values.indices.map { choice + [$0] } } }
  }

  private static func text(_ node: Node) -> String {
    if let text = node.scalar?.string { return text }
    let text = (try? Yams.serialize(node: node, width: -1)) ?? ""
    return text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.joined(
      separator: " ")
  }
}

/// Puts a value at a path, making the mappings on the way; a null takes the key away.
func set(_ value: Node, at path: ArraySlice<String>, in mapping: inout Node.Mapping) {
  guard let first = path.first else { return }
  if path.count == 1 {
    mapping[Node(first)] = value.isNull ? nil : value
    return
  }
  var below = mapping[Node(first)]?.mapping ?? Node.Mapping([])
  set(value, at: path.dropFirst(), in: &below)
  mapping[Node(first)] = .mapping(below)
}

extension Node {
  /// Whether it is `null`, `~` or nothing, unquoted.
  var isNull: Bool { null != nil && scalar?.style == .plain }
}
