import Foundation
import Yams

/// The words of lm-evaluation-harness that mean nothing here, and what of its files cannot be used.
enum HarnessKeys {
  /// Takes keys that are about that program and its reports.
  static func passOver(_ top: YAMLSection) {
    for key in [
      "metadata", "tag", "group", "task_alias", "group_alias", "dataset_name", "should_decontaminate",
      "doc_to_decontamination_query", "repeats", "fewshot_split", "validation_split", "training_split", "test_split",
    ] where top.has(key) { _ = top.node(key) }
  }

  /// Reports values that are Python functions, with their lines.
  static func reportFunctions(_ text: String, _ mistakes: YAMLSection.Mistakes) {
    guard let root = try? Yams.compose(yaml: text) else { return }
    visit(root, key: "", mistakes)
  }

  private static func visit(_ node: Node, key: String, _ mistakes: YAMLSection.Mistakes) {
    switch node {
    case .mapping(let mapping):
      for (name, value) in mapping { visit(value, key: name.string ?? "", mistakes) }
    case .sequence(let sequence):
      for value in sequence { visit(value, key: key, mistakes) }
    case .scalar(let scalar):
      if node.tag.description.hasPrefix("!function") {
        mistakes.add(
          "`\(key)` is the Python function \(scalar.string), which cannot be called from here; use a template, or an "
            + "external process (see docs/tasks.md)", line: node.mark?.line)
      }
    default: break
    }
  }

  /// The first piece of a template that is Jinja and no Mustache.
  static func jinja(in text: String) -> String? {
    if let statement = text.range(of: "{%") { return String(text[statement.lowerBound...].prefix(30)) }
    var rest = text[...]
    while let open = rest.range(of: "{{"), let close = rest[open.upperBound...].range(of: "}}") {
      let tag = rest[open.upperBound..<close.lowerBound]
      // Mustache functions, such as last(), are plain words before an empty pair of parentheses.
      let isCall = tag.contains("(") && !(tag.hasSuffix("()") || tag.hasSuffix(")")) || tag.contains(".strip()")
      let code: Set<Character> = ["[", "|", "=", "+", "'", "\""]
      if isCall || tag.contains(where: code.contains) && !tag.hasPrefix("=") { return "{{\(tag)}}" }
      rest = rest[close.upperBound...]
    }
    return nil
  }
}
