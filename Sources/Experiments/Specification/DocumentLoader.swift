import Foundation
import MTL
import Yams

/// Puts a document together, and collects what is wrong on the way.
struct DocumentLoader {
  private(set) var mistakes: [ConfigurationMistake] = []
  /// Where the value at each path was given.
  private(set) var origins: [String: YAMLOrigin] = [:]

  /// The mapping of a text, merged into what it includes.
  ///
  /// - Throws: `ConfigurationError` where a file is not YAML or no mapping.
  mutating func load(_ text: String, file: String, from stack: [String] = []) throws -> Node.Mapping {
    var node: Node?
    do { node = try Yams.compose(yaml: text) } catch let error as YamlError {
      throw ConfigurationError([.init(file: file, line: error.line, message: "not valid YAML: \(error.reason)")])
    }
    guard let own = node?.mapping else {
      throw ConfigurationError([.init(file: file, line: 1, message: "the file must hold `key: value` lines")])
    }
    var result = Node.Mapping([], .implicit, .any, own.mark)
    let stack = stack + [Self.resolved(file)]
    for (key, value) in own where key.string == "include" {
      for name in value.sequence?.map(\.scalar?.string) ?? [value.scalar?.string] {
        let line = key.mark?.line
        guard let name else {
          mistakes.append(.init(file: file, line: line, message: "`include` must be a file or a list of files"))
          continue
        }
        try include(name, by: file, line: line, stack, into: &result)
      }
    }
    merge(own, of: file, prefix: "", into: &result)
    return result
  }

  private mutating func include(
    _ name: String, by file: String, line: Int?, _ stack: [String], into result: inout Node.Mapping
  ) throws {
    let folder = URL(filePath: file).deletingLastPathComponent()
    let path = name.hasPrefix("/") ? name : folder.appending(path: name).relativePath
    if let start = stack.firstIndex(of: Self.resolved(path)) {
      let circle = (stack[start...] + [Self.resolved(path)]).map { URL(filePath: $0).lastPathComponent }
      mistakes.append(
        .init(file: file, line: line, message: "`include` goes in a circle: \(circle.joined(separator: " includes "))"))
      return
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      mistakes.append(.init(file: file, line: line, message: "`include` names \(name), which is not there or not text"))
      return
    }
    // Of two included files that give the same key the later one's value stays, whatever it includes itself.
    let mapping = try load(text, file: path, from: stack)
    for (key, value) in mapping { merge(value, key, into: &result) }
  }

  private func merge(_ value: Node, _ key: Node, into result: inout Node.Mapping) {
    guard let new = value.mapping, var old = result[key]?.mapping else {
      result[key] = value
      return
    }
    for (key, value) in new { merge(value, key, into: &old) }
    result[key] = .mapping(old)
  }

  /// A file's own keys over what it includes.
  private mutating func merge(_ own: Node.Mapping, of file: String, prefix: String, into result: inout Node.Mapping) {
    var seen: Set<String> = []
    for (key, value) in own {
      let name = key.string ?? ""
      if name == "include", prefix.isEmpty { continue }
      let origin = YAMLOrigin(file: file, line: key.mark?.line)
      if !seen.insert(name).inserted {
        mistakes.append(.init(file: file, line: origin.line, message: "`\(prefix)\(name)` is given twice"))
      }
      origins[prefix + name] = origin
      if value.isNull {
        result[key] = nil
      } else if let mapping = value.mapping {
        var below = result[key]?.mapping ?? Node.Mapping([], .implicit, .any, mapping.mark)
        merge(mapping, of: file, prefix: "\(prefix)\(name).", into: &below)
        result[key] = .mapping(below)
      } else {
        result[key] = value
      }
    }
  }

  /// Makes the changes `key=value` of a command line.
  mutating func override(_ root: inout Node.Mapping, with changes: [String]) {
    for change in changes {
      let parts = change.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !path.contains("") else {
        mistakes.append(
          .init(file: Self.commandLine, line: nil, message: "`\(change)` must be key=value, such as lora.rank=32"))
        continue
      }
      guard let value = try? Yams.compose(yaml: parts[1]) else {
        mistakes.append(.init(file: Self.commandLine, line: nil, message: "the value of `\(change)` is not YAML"))
        continue
      }
      origins[parts[0]] = YAMLOrigin(file: Self.commandLine, line: nil)
      if path[0] == "grid" {
        set(value, at: ["grid", path.dropFirst().joined(separator: ".")], in: &root)
        continue
      }
      set(value, at: path[...], in: &root)
      // One value instead of the grid's.
      if var grid = root["grid"]?.mapping, grid[Node(parts[0])] != nil {
        grid[Node(parts[0])] = nil
        root["grid"] = .mapping(grid)
      }
    }
  }

  static let commandLine = "command line"

  mutating func takeVariables(_ root: inout Node.Mapping) -> [String: Node] {
    guard let node = root["variables"] else { return [:] }
    root["variables"] = nil
    guard let mapping = node.mapping else {
      mistake("variables", "`variables` must be a mapping of names to values")
      return [:]
    }
    var variables: [String: Node] = [:]
    for (key, value) in mapping { variables[key.string ?? ""] = value }
    return variables
  }

  /// A mapping with values for `${name}`.
  mutating func substitute(_ variables: [String: Node], in root: Node.Mapping) -> Node.Mapping {
    guard case .mapping(let result) = substitute(variables, in: .mapping(root), path: "") else { return root }
    return result
  }

  private mutating func substitute(_ variables: [String: Node], in node: Node, path: String) -> Node {
    switch node {
    case .mapping(let mapping):
      var result = Node.Mapping([], mapping.tag, mapping.style, mapping.mark)
      for (key, value) in mapping {
        let below = path.isEmpty ? key.string ?? "" : "\(path).\(key.string ?? "")"
        result[key] = substitute(variables, in: value, path: below)
      }
      return .mapping(result)
    case .sequence(let sequence):
      return Node(sequence.map { substitute(variables, in: $0, path: path) })
    case .scalar(let scalar):
      return substitute(variables, in: scalar, path: path)
    case .alias:
      return node
    }
  }

  private mutating func substitute(_ variables: [String: Node], in scalar: Node.Scalar, path: String) -> Node {
    var rest = scalar.string[...]
    var text = ""
    while let start = rest.range(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
      let name = String(rest[start.upperBound..<end])
      text += rest[..<start.lowerBound]
      rest = rest[rest.index(after: end)...]
      guard let value = variables[name] else {
        let nearest = nearestWord(to: name, among: variables.keys.sorted()).map { "; did you mean ${\($0)}?" } ?? ""
        mistake(path, "`\(path)` uses ${\(name)}, which `variables` does not hold\(nearest)")
        continue
      }
      // On its own it stands for its value, whatever that is.
      if text.isEmpty, rest.isEmpty { return value }
      guard let piece = value.scalar?.string else {
        mistake(path, "`\(path)` puts ${\(name)} into a text, but it is not one")
        continue
      }
      text += piece
    }
    text += rest
    if text == scalar.string { return .scalar(scalar) }
    return .scalar(Node.Scalar(text, scalar.tag, scalar.style, scalar.mark))
  }

  /// What a grid may vary: what makes other runs, and leaves the tasks and how they are scored as they are.
  private static let gridKeys = [
    "base", "base-storage", "base-compute", "template", "exclude-overlap", "lora.", "training.", "budget.", "mixture",
    "mixture.",
  ]

  mutating func takeGrid(_ root: inout Node.Mapping) -> [(key: String, values: [Node])] {
    guard let node = root["grid"] else { return [] }
    root["grid"] = nil
    guard let mapping = node.mapping else {
      mistake("grid", "`grid` must be a mapping of settings to lists, such as {lora.rank: [8, 16]}")
      return []
    }
    var grid: [(key: String, values: [Node])] = []
    for (key, value) in mapping {
      let name = key.string ?? ""
      let place = "grid.\(name)"
      guard Self.gridKeys.contains(where: { $0.hasSuffix(".") ? name.hasPrefix($0) : name == $0 }) else {
        mistake(
          place,
          "`\(place)` cannot vary in a grid; base, base-storage, base-compute, template, exclude-overlap, mixture, "
            + "and what is in lora, training, budget and mixture can")
        continue
      }
      guard let values = value.sequence.map(Array.init), !values.isEmpty else {
        mistake(place, "`\(place)` must be a list of values")
        continue
      }
      if Set(values).count < values.count { mistake(place, "`\(place)` names a value twice") }
      grid.append((name, values))
    }
    if mapping.contains(where: { $0.key.string == "training.max-length" }),
      root["evaluation"]?.mapping?["max-length"] == nil
    {
      mistake(
        "grid.training.max-length",
        "`grid.training.max-length` needs `evaluation.max-length`, so that every run is scored on the same prompts")
    }
    return grid
  }

  private mutating func mistake(_ path: String, _ message: String) {
    var path = path
    while origins[path] == nil, let dot = path.lastIndex(of: ".") { path = String(path[..<dot]) }
    let origin = origins[path]
    mistakes.append(.init(file: origin?.file ?? Self.commandLine, line: origin?.line, message: message))
  }

  private static func resolved(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }
}
