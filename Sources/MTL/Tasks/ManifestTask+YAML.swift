import Foundation
import Yams

extension ManifestTask {
  /// Reads a manifest.
  ///
  /// - Throws: ``ConfigurationError`` with every mistake and its line, `FormatError.unreadable`.
  public init(manifest path: String, settings: ManifestSettings = ManifestSettings()) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw FormatError.unreadable(path: path, reason: "it is missing or not UTF-8 text")
    }
    let top = try YAMLSection(text: text, file: path)
    HarnessKeys.reportFunctions(text, top.mistakes)
    manifestPath = path
    manifestText = text
    name = top.requiredString(either: "task", "name") ?? ""
    category = Self.category(top)
    outputType =
      top.word("output_type", OutputType.self)
      ?? (top.has("doc_to_choice") || top.has("choices") ? .multipleChoice : .generateUntil)
    var template = Self.exampleTemplate(top, outputType)
    metrics = Metrics.read(top, allowProcess: settings.allowProcess)
    let hasFixedChoices = template?.hasFixedChoices ?? false
    for metric in metrics {
      guard let objection = metric.objection(outputType, hasFixedChoices: hasFixedChoices) else { continue }
      top.mistakes.add(objection, line: top.line(of: top.has("metrics") ? "metrics" : "metric_list"))
    }
    answerRule = AnswerRule.read(top)
    if answerRule.kind == .choice, template?.choices == nil {
      top.mistake("answer", "looks for a choice, and there are none; give `choices`, and output_type: generate_until")
    }
    generation = Self.generation(top)
    let source = SourceSection(top: top, paths: DataPaths(manifest: path, settings: settings)).read()
    sources = source.sources
    skipsBadRows = settings.skipBadRows || source.skipsBadRows
    template?.id = source.id
    template?.cluster = source.cluster
    fewShot = Self.fewShot(top, hasTraining: source.sources[.train] != nil)
    HarnessKeys.passOver(top)
    top.finish()
    guard let template, top.mistakes.all.isEmpty else { throw ConfigurationError(top.mistakes.all) }
    self.template = template
  }

  private static func category(_ top: YAMLSection) -> String {
    let tags = top.has("tag") ? top.strings("tag") : top.has("group") ? top.strings("group") : nil
    if !top.has("category"), let tag = tags?.first { return tag }
    return top.requiredString("category") ?? ""
  }

  private static func exampleTemplate(_ top: YAMLSection, _ type: OutputType) -> ExampleTemplate? {
    let prompt = requiredPart(top, "doc_to_text", "prompt")
    let target = requiredPart(top, "doc_to_target", "target")
    let choices = choices(top)
    if type == .multipleChoice, choices == nil {
      top.mistakes.add("`doc_to_choice` is missing: the field with the choices, or a list of them", line: top.line)
    }
    var template = ExampleTemplate(
      prompt: prompt ?? .field(""), target: target ?? .field(""), choices: choices)
    template.description = top.string("description") ?? ""
    if let labels = top.section("labels") {
      for key in labels.allKeys() {
        if let text = labels.string(key) { template.labels[key] = literal(text, labels, key) }
      }
      if template.labels.isEmpty { top.mistake("labels", "must map answers of the data to texts") }
    }
    template.references = (top.strings("references") ?? []).compactMap { part($0, top, "references") }
    template.maximumTargetWords = top.int("max-target-words")
    if let most = template.maximumTargetWords, most < 1 { top.mistake("max-target-words", "must be at least 1") }
    return prompt == nil || target == nil ? nil : template
  }

  /// A field's name, or a template.
  static func part(_ text: String, _ section: YAMLSection, _ key: String) -> ExampleTemplate.Part? {
    let isName = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "_-.*".contains($0) }
    return isName ? .field(text) : literal(text, section, key)
  }

  /// A template, which may be a fixed text.
  private static func literal(_ text: String, _ section: YAMLSection, _ key: String) -> ExampleTemplate.Part? {
    if let code = HarnessKeys.jinja(in: text) {
      section.mistake(
        key,
        "holds `\(code)`, which is Jinja and not Mustache; write it in Mustache, or let a process prepare the field")
      return nil
    }
    do { return .template(try TextTemplate(text)) } catch {
      section.mistake(key, "is not a Mustache template: \(error)")
      return nil
    }
  }

  private static func requiredPart(_ top: YAMLSection, _ harness: String, _ own: String) -> ExampleTemplate.Part? {
    let key = top.has(own) ? own : harness
    return top.requiredString(key).flatMap { part($0, top, key) }
  }

  private static func choices(_ top: YAMLSection) -> ExampleTemplate.Choices? {
    let key = top.has("choices") ? "choices" : "doc_to_choice"
    guard let node = top.node(key) else { return nil }
    if let field = node.scalar?.string {
      // lm-evaluation-harness writes the field as a template of nothing else.
      let name = field.trimmingCharacters(in: .init(charactersIn: "{} "))
      if case .field(let path)? = part(name, top, key) { return .field(path) }
      top.mistake(key, "must be the name of a field or a list of answers, not `\(field)`")
      return nil
    }
    guard let texts = top.strings(key) else { return nil }
    if Set(texts).count < max(2, texts.count) { top.mistake(key, "must list at least two different answers") }
    return .parts(texts.compactMap { literal($0, top, key) })
  }

  private static func generation(_ top: YAMLSection) -> TaskGeneration {
    var result = TaskGeneration()
    let key = top.has("generation") ? "generation" : "generation_kwargs"
    guard let section = top.section(key) else { return result }
    let counts = ["max-new-tokens", "max_gen_toks", "max_new_tokens"]
    let count = counts.first(where: section.has) ?? counts[0]
    result.maxNewTokens = section.int(count) ?? result.maxNewTokens
    if result.maxNewTokens < 1 { section.mistake(count, "must be at least 1") }
    result.until = section.strings("until") ?? []
    if let sampled = section.bool("do_sample"), sampled {
      section.mistake("do_sample", "is not supported: answers are greedy")
    }
    if let heat = section.double("temperature"), heat > 0, section.bool("do_sample") != false {
      section.mistake("temperature", "is not supported: answers are greedy")
    }
    section.finish()
    return result
  }

  private static func fewShot(_ top: YAMLSection, hasTraining: Bool) -> FewShot {
    var shots = FewShot()
    let key = top.has("fewshot") ? "fewshot" : "num_fewshot"
    if let list = top.node(key)?.sequence {
      for node in list {
        guard let prompt = node.mapping?["prompt"]?.string, let target = node.mapping?["target"]?.string else {
          top.mistakes.add("an example of `\(key)` must have a `prompt` and a `target`", line: node.mark?.line)
          continue
        }
        shots.fixed.append((prompt, target))
      }
    } else {
      shots.count = top.int(key) ?? 0
      if shots.count < 0 { top.mistake(key, "must not be negative") }
      if shots.count > 0, !hasTraining {
        top.mistake(key, "needs a `train` split to take examples from, or a list of `prompt` and `target`")
      }
    }
    shots.targetDelimiter = top.string("target_delimiter") ?? shots.targetDelimiter
    shots.delimiter = top.string("fewshot_delimiter") ?? shots.delimiter
    return shots
  }
}

extension YAMLSection {
  /// A text under one of two names, one of which has to be there.
  func requiredString(either first: String, _ second: String) -> String? {
    has(second) ? string(second) : requiredString(first)
  }
}
