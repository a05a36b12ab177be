import Foundation
import Yams

extension ManifestTask {
  /// Reads a manifest.
  ///
  /// - Throws: ``ConfigurationError`` with every mistake and its line, `FormatError.unreadable`.
  public init(manifest path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw FormatError.unreadable(path: path, reason: "it is missing or not UTF-8 text")
    }
    let top = try YAMLSection(text: text, file: path)
    manifestPath = path
    manifestText = text
    name = top.requiredString(either: "task", "name") ?? ""
    category = top.requiredString("category") ?? ""
    outputType =
      top.word("output_type", OutputType.self) ?? (top.has("doc_to_choice") ? .multipleChoice : .generateUntil)
    let prompt = Self.template(top, "doc_to_text", "prompt")
    let target = Self.template(top, "doc_to_target", "target")
    choices = Self.choices(top)
    if outputType == .multipleChoice, choices == nil {
      top.mistakes.add("`doc_to_choice` is missing: the field with the choices, or a list of them", line: top.line)
    }
    metrics = Self.metrics(top, outputType)
    generation = Self.generation(top)
    (files, idField, clusterField) = Self.source(top, manifest: path)
    _ = top.node("description")
    top.finish()
    guard let prompt, let target, top.mistakes.all.isEmpty else { throw ConfigurationError(top.mistakes.all) }
    self.prompt = prompt
    self.target = target
  }

  private static func template(_ top: YAMLSection, _ harness: String, _ own: String) -> TextTemplate? {
    let key = top.has(own) ? own : harness
    guard let text = top.requiredString(key) else { return nil }
    do { return try TextTemplate(text) } catch {
      top.mistake(key, "is not a Mustache template: \(error)")
      return nil
    }
  }

  private static func choices(_ top: YAMLSection) -> Choices? {
    let key = top.has("choices") ? "choices" : "doc_to_choice"
    guard let node = top.node(key) else { return nil }
    if let field = node.scalar?.string { return .field(field) }
    guard let texts = top.strings(key) else { return nil }
    if Set(texts).count < max(2, texts.count) { top.mistake(key, "must list at least two different answers") }
    return .fixed(texts)
  }

  private static func metrics(_ top: YAMLSection, _ type: OutputType) -> [any Metric] {
    let key = top.has("metrics") ? "metrics" : "metric_list"
    guard let list = top.node(key)?.sequence else {
      if top.has(key) { top.mistake(key, "must be a list such as [{metric: acc}]") }
      return []
    }
    return list.compactMap { node in
      let name = node.scalar?.string ?? node.mapping?["metric"]?.string ?? ""
      var options: [String: String] = [:]
      for (option, value) in node.mapping ?? [:] where option.string != "metric" {
        if let option = option.string, let value = value.scalar?.string { options[option] = value }
      }
      do { return try Metrics.named(name, options: options) } catch {
        top.mistakes.add("\(error)", line: node.mark?.line)
        return nil
      }
    }
  }

  private static func generation(_ top: YAMLSection) -> TaskGeneration {
    var result = TaskGeneration()
    let key = top.has("generation") ? "generation" : "generation_kwargs"
    guard let section = top.section(key) else { return result }
    let count = section.has("max-new-tokens") ? "max-new-tokens" : "max_gen_toks"
    result.maxNewTokens = section.int(count) ?? result.maxNewTokens
    if result.maxNewTokens < 1 { section.mistake(count, "must be at least 1") }
    result.until = section.strings("until") ?? []
    if let sampled = section.bool("do_sample"), sampled {
      section.mistake("do_sample", "is not supported: answers are greedy")
    }
    section.finish()
    return result
  }

  private static func source(
    _ top: YAMLSection, manifest: String
  ) -> (files: [TaskSplit: String], id: String?, cluster: String?) {
    guard let section = top.section("source") else {
      top.mistakes.add("`source` is missing: the data's format and files", line: top.line)
      return ([:], nil, nil)
    }
    if let format = section.string("format"), format != "alpaca", format != "jsonl" {
      section.mistake("format", "must be alpaca or jsonl, not `\(format)`")
    }
    let folder = URL(filePath: manifest).deletingLastPathComponent().path
    var files: [TaskSplit: String] = [:]
    for split in TaskSplit.allCases {
      guard let file = section.string(split.rawValue) else { continue }
      if file.hasPrefix("/") || file.split(separator: "/").contains("..") {
        section.mistake(split.rawValue, "points outside the manifest's folder")
      }
      let path = folder + "/" + file
      if !FileManager.default.fileExists(atPath: path) {
        section.mistake(split.rawValue, "names \(file), which is not there")
      }
      files[split] = path
    }
    if files[.test] == nil {
      section.mistakes.add("`source.test` is missing: the examples to evaluate on", line: section.line)
    }
    let (id, cluster) = (section.string("id"), section.string("cluster"))
    section.finish()
    return (files, id, cluster)
  }
}

extension YAMLSection {
  /// A text under one of two names, one of which has to be there.
  func requiredString(either first: String, _ second: String) -> String? {
    has(second) ? string(second) : requiredString(first)
  }
}
