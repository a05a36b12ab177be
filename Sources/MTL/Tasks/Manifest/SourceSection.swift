import Foundation
import Yams

/// Reads a manifest's `source`: format, files, splits, and what is done to rows.
struct SourceSection {
  let top: YAMLSection
  let paths: DataPaths

  /// What a manifest says about its data.
  struct Result {
    var sources: [TaskSplit: RowSource] = [:]
    var id: ExampleTemplate.Part?
    var cluster: ExampleTemplate.Part?
    var skipsBadRows = false
  }

  func read() -> Result {
    var result = Result()
    guard let section = top.section("source") else {
      if top.has("source") { return result }
      if top.has("dataset_path") { return harness() }
      top.mistakes.add("`source` is missing: the data's format and files", line: top.line)
      return result
    }
    let isProcess = section.string("format") == DataFormat.process.rawValue
    let reader = isProcess ? JSONLinesReader() : reader(section)
    let steps = steps(section)
    result.id = section.string("id").flatMap { ManifestTask.part($0, section, "id") }
    result.cluster = section.string("cluster").flatMap { ManifestTask.part($0, section, "cluster") }
    result.skipsBadRows = section.bool("skip-bad-rows") ?? false
    if isProcess {
      process(section, steps, &result)
    } else if section.has("path") {
      shared(section, reader, steps, &result)
    } else {
      if section.has("split") { section.mistake("split", "needs `path`: one file, or files, that hold all splits") }
      for split in TaskSplit.allCases {
        guard let (files, conditions) = files(section, split.rawValue) else { continue }
        result.sources[split] = RowSource(files: files, reader: reader, steps: steps, conditions: conditions)
      }
      if !section.has("test") {
        section.mistakes.add("`source.test` is missing: the examples to evaluate on", line: section.line)
      }
    }
    section.finish()
    return result
  }

  /// What a command prints, for the splits of `splits`: both, where that is not given.
  private func process(_ section: YAMLSection, _ steps: RowSteps, _ result: inout Result) {
    let names = section.strings("splits") ?? TaskSplit.allCases.map(\.rawValue)
    let splits = names.compactMap(TaskSplit.init(rawValue:))
    if splits.count < names.count || !splits.contains(.test) {
      section.mistake("splits", "must be [test] or [train, test]")
    }
    guard let command = ProcessCommand(section, manifest: paths.manifest) else { return }
    for split in splits {
      let command = command.filled(["split": split.rawValue])
      result.sources[split] = RowSource(
        files: ["(output of \(command.text))"],
        reader: ProcessReader(command, isAllowed: paths.settings.allowProcess), steps: steps)
    }
  }

  /// One file, or several, for both splits.
  private func shared(_ section: YAMLSection, _ reader: any RowReader, _ steps: RowSteps, _ result: inout Result) {
    let files = resolve(section.strings("path") ?? [], section, "path")
    for key in ["train", "test"] where section.has(key) {
      section.mistake(key, "cannot be given with `path`; say how to divide it with `split`, or leave `path` out")
      _ = section.node(key)
    }
    guard let split = section.section("split") else {
      if !section.has("split") {
        section.mistake("path", "needs `split`, such as `split: {every: 5}`; or name files with `train` and `test`")
      }
      return
    }
    if let every = split.int("every") {
      if every < 2 { split.mistake("every", "must be at least 2: one row in so many is for testing") }
      let rule = SplitPortion.Rule.every(max(every, 2), by: split.string("by"))
      for half in TaskSplit.allCases {
        result.sources[half] = RowSource(
          files: files, reader: reader, steps: steps, portion: SplitPortion(rule: rule, split: half))
      }
    } else if let field = split.requiredString(either: "every", "field") {
      var values: [TaskSplit: Set<String>] = [:]
      for half in TaskSplit.allCases where split.has(half.rawValue) {
        values[half] = Set(split.strings(half.rawValue) ?? [])
      }
      if values[.test] == nil {
        split.mistakes.add("`source.split.test` is missing: the field's value of test rows", line: split.line)
      }
      for half in values.keys {
        result.sources[half] = RowSource(
          files: files, reader: reader, steps: steps,
          portion: SplitPortion(rule: .field(field, values: values), split: half))
      }
    }
    split.finish()
  }

  /// The files and conditions of a split.
  private func files(_ section: YAMLSection, _ key: String) -> (files: [String], conditions: [RowCondition])? {
    guard let node = section.node(key) else { return nil }
    guard node.mapping != nil, let split = section.section(key) else {
      return (resolve(section.strings(key) ?? [], section, key), [])
    }
    let conditions = self.conditions(split)
    guard split.has("path") else {
      split.mistakes.add("`source.\(key).path` is missing", line: split.line)
      return nil
    }
    let files = resolve(split.strings("path") ?? [], split, "path")
    split.finish()
    return (files, conditions)
  }

  private func resolve(_ names: [String], _ section: YAMLSection, _ key: String) -> [String] {
    var files: [String] = []
    for name in names {
      do throws(DataPaths.Refusal) { files += try paths.files(name) } catch { section.mistake(key, error.message) }
    }
    if names.isEmpty, section.has(key) { section.mistake(key, "names no file") }
    return files
  }

  // MARK: Format

  private func reader(_ section: YAMLSection) -> any RowReader {
    let format = section.has("format") ? section.word("format", DataFormat.self) ?? .jsonl : .jsonl
    switch format {
    case .alpaca: return JSONArrayOrLinesReader()
    case .jsonl: return JSONLinesReader()
    case .json:
      return JSONDocumentReader(records: section.string("records")?.split(separator: ".").map(String.init) ?? [])
    case .csv, .tsv: return delimited(section, format)
    case .superNI: return SuperNaturalInstructionsReader()
    case .conll: return CoNLLReader(unit: section.word("unit", CoNLLReader.Unit.self) ?? .sentence)
    case .pubtator: return PubTatorReader()
    case .chat: return ChatReader()
    case .xml: return XMLReader(record: section.requiredString("record") ?? "")
    case .process: return JSONLinesReader()
    }
  }

  private func delimited(_ section: YAMLSection, _ format: DataFormat) -> DelimitedReader {
    var reader = DelimitedReader(separator: format == .tsv ? 0x09 : 0x2C)
    if let text = section.string("separator") {
      if let byte = text.utf8.first, text.utf8.count == 1, ![0x0A, 0x0D, 0x22].contains(byte) {
        reader.separator = byte
      } else {
        section.mistake("separator", "must be one ASCII character")
      }
    }
    reader.quotes = section.bool("quotes") ?? true
    let hasHeader = section.bool("header") ?? !section.has("columns")
    reader.columns = section.strings("columns")
    if hasHeader, section.has("columns") {
      section.mistake("columns", "is for files without a header; rename columns with `fields`")
    } else if !hasHeader, !section.has("columns") {
      section.mistake("header", "is false, so `columns` must name the columns")
    }
    if let columns = reader.columns, Set(columns).count < columns.count {
      section.mistake("columns", "names a column twice")
    }
    return reader
  }

  // MARK: Rows

  private func steps(_ section: YAMLSection) -> RowSteps {
    var steps = RowSteps()
    if let parse = section.section("parse") {
      for field in parse.allKeys() { steps.parse[field] = parse.word(field, RowSteps.CellFormat.self) }
    }
    steps.each = section.string("each")
    if let fields = section.section("fields") {
      for name in fields.allKeys() { steps.fields[name] = fields.string(name) }
    }
    if let join = section.section("join") {
      let path = resolve([join.requiredString("path") ?? ""], join, "path").first
      let field = join.requiredString("on") ?? ""
      if let path {
        steps.join = JoinedTable(file: path, reader: Self.reader(byName: path), field: field)
      }
      join.finish()
    }
    steps.conditions = conditions(section)
    steps.unique = section.string("unique")
    return steps
  }

  /// By the end of the name; JSON Lines where it says nothing.
  private static func reader(byName path: String) -> any RowReader {
    switch URL(filePath: path).pathExtension.lowercased() {
    case "csv": DelimitedReader(separator: 0x2C)
    case "tsv": DelimitedReader(separator: 0x09)
    case "json": JSONDocumentReader(records: [])
    default: JSONLinesReader()
    }
  }

  private func conditions(_ section: YAMLSection) -> [RowCondition] {
    guard let list = section.section("where") else { return [] }
    return list.allKeys().compactMap { field in
      var condition = RowCondition(field: field)
      if list.node(field)?.mapping == nil {
        condition.values = Set(list.strings(field) ?? [])
        return condition
      }
      guard let rule = list.section(field) else { return nil }
      let keys = ["in", "not-in", "not"].filter(rule.has)
      guard keys.count == 1, let key = keys.first else {
        list.mistake(field, "must be a value, a list of values, or one of {not: ...}, {in: file} and {not-in: file}")
        _ = rule.allKeys()
        return nil
      }
      condition.isNegated = key != "in"
      if key == "not" {
        condition.values = Set(rule.strings(key) ?? [])
      } else {
        condition.file = resolve([rule.string(key) ?? ""], rule, key).first
      }
      rule.finish()
      return condition
    }
  }

  // MARK: lm-evaluation-harness

  /// `dataset_path: json` (or csv) with `dataset_kwargs: {data_files: {train: ..., test: ...}}`.
  private func harness() -> Result {
    var result = Result()
    let kind = top.string("dataset_path") ?? ""
    guard ["json", "csv"].contains(kind) else {
      top.mistake(
        "dataset_path", "names `\(kind)`, a data set of the Hugging Face hub; add a `source` with its downloaded files")
      _ = top.node("dataset_kwargs")
      return result
    }
    guard let files = top.section("dataset_kwargs")?.section("data_files") else {
      top.mistake("dataset_path", "needs `dataset_kwargs: {data_files: {train: ..., test: ...}}`")
      return result
    }
    let reader: any RowReader = kind == "json" ? JSONArrayOrLinesReader() : DelimitedReader(separator: 0x2C)
    let names: [(TaskSplit, String)] = [
      (.train, top.string("training_split") ?? "train"),
      (.test, top.string("test_split") ?? top.string("validation_split") ?? "test"),
    ]
    for (split, name) in names where files.has(name) {
      let paths = resolve(files.strings(name) ?? [], files, name)
      result.sources[split] = RowSource(files: paths, reader: reader, steps: RowSteps())
    }
    if result.sources[.test] == nil {
      top.mistake("dataset_path", "needs data files for the split `\(names[1].1)`")
    }
    return result
  }
}
