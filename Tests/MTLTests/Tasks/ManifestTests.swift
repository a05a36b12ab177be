import Foundation
import MTL
import Testing

@Suite struct ManifestTests {
  static let rows = #"{"input": "x", "output": "y"}"# + "\n"

  @Test func everyMistakeIsReportedWithItsLineAndTheNearestWord() throws {
    let folder = try TaskFolder(["a.jsonl": Self.rows])
    let found = mistakes {
      _ = try folder.manifest(
        """
        task: t
        categroy: QA
        source: {format: jsonll, tset: a.jsonl, test: b.jsonl}
        doc_to_text: "{{input"
        doc_to_target: output
        """)
    }
    let text = found.map(\.message).joined(separator: "\n")
    #expect(text.contains("`categroy` is not a known key; did you mean `category`?"))
    #expect(text.contains("did you mean `jsonl`?"))
    #expect(text.contains("`source.tset` is not a known key; did you mean `test`?"))
    #expect(text.contains("names b.jsonl, which is not there; did you mean a.jsonl?"))
    #expect(text.contains("`doc_to_text` is not a Mustache template"))
    #expect(found.first { $0.message.contains("categroy") }?.line == 2)
    #expect(found.first { $0.message.contains("tset") }?.line == 3)
  }

  @Test func brokenRowsStopTheReadingUnlessTheyAreSkippedAndCounted() throws {
    let folder = try TaskFolder()
    try folder.write(
      "a.jsonl", Data(Self.rows.utf8) + Data([0x22, 0xFF, 0x22, 0x0A]) + Data("[1]\n".utf8) + Data(Self.rows.utf8))
    let task = try folder.task("{test: a.jsonl}")
    #expect(throws: TaskError.badRow(file: folder.path + "/a.jsonl", line: 2, reason: "the line is not UTF-8 text")) {
      try task.testPairs()
    }
    let lenient = try folder.task("{test: a.jsonl}", settings: ManifestSettings(skipBadRows: true))
    #expect(try lenient.testPairs() == ["x>y", "x>y"])
    let check = try TaskCheck(lenient, .test)
    #expect(check.exampleCount == 2)
    #expect(check.badRowCount == 2)
    #expect(try task.digest() != lenient.digest())
  }

  @Test func emptySplitsMissingFieldsAndAnswersThatAreNoChoiceAreNamed() throws {
    let folder = try TaskFolder([
      "empty.jsonl": "\n", "a.jsonl": Self.rows, "b.jsonl": #"{"input": "x", "answer": "y"}"#,
    ])
    #expect(throws: TaskError.emptySplit(task: "sample", split: "test", file: folder.path + "/empty.jsonl")) {
      try folder.task("{test: empty.jsonl}").testPairs()
    }
    #expect(
      throws: TaskError.missingField(
        file: folder.path + "/b.jsonl", line: 1, field: "output",
        available: ["_file", "_folder", "_row", "answer", "input"])
    ) {
      try folder.task("{test: b.jsonl}").testPairs()
    }
    #expect(
      throws: TaskError.targetNotAChoice(file: folder.path + "/a.jsonl", line: 1, target: "y", choices: ["a", "b"])
    ) {
      try folder.task("{test: a.jsonl}", "choices: [a, b]").testPairs()
    }
  }

  @Test func aRuleThatLooksForChoicesNeedsSome() throws {
    let folder = try TaskFolder(["a.jsonl": Self.rows])
    let error = #expect(throws: ConfigurationError.self) { try folder.task("{test: a.jsonl}", "answer: choice") }
    #expect(error?.description.contains("`answer` looks for a choice, and there are none") == true)
  }

  @Test func manifestsReadOnlyTheirFolderAndTheDataFolder() throws {
    let outside = try TaskFolder(["a.jsonl": Self.rows])
    let data = try TaskFolder(["sub/a.jsonl": Self.rows])
    let folder = try TaskFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link.jsonl", withDestinationPath: outside.path + "/a.jsonl")
    let name = URL(filePath: outside.path).lastPathComponent
    for path in ["../\(name)/a.jsonl", outside.path + "/a.jsonl", "link.jsonl"] {
      let found = mistakes { _ = try folder.task("{test: \"\(path)\"}") }
      #expect(found.count == 1 && found[0].message.contains("outside the manifest's folder"), "\(path)")
      #expect(try folder.task("{test: \"\(path)\"}", settings: .init(allowOutside: true)).testPairs() == ["x>y"])
    }
    for path in ["data:sub/a.jsonl", "${MTL_DATA}/sub/a.jsonl", "data:*/a.jsonl"] {
      #expect(
        try folder.task("{test: \"\(path)\"}", settings: .init(dataFolder: data.path)).testPairs() == ["x>y"], "\(path)"
      )
    }
    let unset = mistakes { _ = try folder.task("{test: \"data:a.jsonl\"}") }
    #expect(unset.first?.message.contains("set MTL_DATA") == true)
  }

  @Test func tasksOfOneNameAndExamplesOfOneIdAreRefused() throws {
    let folder = try TaskFolder(["a.jsonl": Self.rows + Self.rows])
    let task = try folder.task("{test: a.jsonl, id: input}")
    #expect(throws: TaskError.duplicateExample(task: "sample", split: "test", id: "x")) { try task.testPairs() }
    #expect(try folder.task("{test: a.jsonl, id: input, unique: input}").testPairs().count == 1)
    try FileManager.default.copyItem(atPath: folder.path + "/task.yaml", toPath: folder.path + "/twin.yaml")
    #expect(throws: TaskError.duplicateTask(name: "sample")) { try TaskCatalogue.load([folder.path]) }
  }

  @Test func suitesNameTasksRelativeToThemselves() throws {
    let folder = try TaskFolder(["tasks/a.jsonl": Self.rows])
    _ = try folder.manifest(
      "task: x\ncategory: C\nsource: {test: tasks/a.jsonl}\ndoc_to_text: input\ndoc_to_target: output\n")
    try folder.write("suites/s.yaml", Data("suite: s\ntasks: [../task.yaml, ../task.yaml]\n".utf8))
    #expect(try TaskCatalogue.load([folder.path + "/suites/s.yaml"]).map(\.name) == ["x"])
    try folder.write("suites/s.yaml", Data("suite: s\ntasks:\n  - ../none.yaml\n".utf8))
    let found = mistakes { _ = try TaskCatalogue.load([folder.path + "/suites/s.yaml"]) }
    #expect(found.first?.message == "`tasks` names ../none.yaml, which is not there")
  }

  @Test func rowsAreRenamedFilteredJoinedAndTakenApart() throws {
    let folder = try TaskFolder([
      "a.jsonl": #"""
      {"k": "1", "keep": "yes", "list": "[{'q': 'a', 'r': 'b'}, {'q': \"it's\", 'r': None}]"}
      {"k": "2", "keep": "no", "list": "[{'q': 'c', 'r': 'd'}]"}

      """#,
      "names.csv": "k,name\n1,one\n2,two\n", "ids.txt": "1\n3\n",
    ])
    let task = try folder.manifest(
      """
      task: t
      category: C
      source:
        test: {path: a.jsonl, where: {k: {in: ids.txt}}}
        parse: {list: python}
        each: list
        fields: {input: q}
        join: {path: names.csv, on: k}
        where: {keep: "yes"}
      doc_to_text: "{{name}} {{input}}"
      doc_to_target: "{{r}}!"
      """)
    #expect(try task.testPairs() == ["one a>b!", "one it's>!"])
    #expect(try task.examples(.test, limit: nil, seed: 1).map(\.id) == ["1.0", "1.1"])
  }

  @Test func oneFileIsDividedByAHashOrAField() throws {
    let lines = (0..<200).map { #"{"input": "q\#($0)", "output": "y", "part": "\#($0 % 2 == 0 ? "dev" : "held")"}"# }
    let folder = try TaskFolder(["a.jsonl": lines.joined(separator: "\n")])
    let hashed = try folder.task("{path: a.jsonl, split: {every: 4, by: input}}")
    let train = Set(try hashed.examples(.train, limit: nil, seed: 1).map(\.prompt))
    let test = Set(try hashed.examples(.test, limit: nil, seed: 1).map(\.prompt))
    #expect(train.isDisjoint(with: test) && train.count + test.count == 200)
    #expect((30...70).contains(test.count))
    let named = try folder.task("{path: a.jsonl, split: {field: part, train: dev, test: [held]}}")
    #expect(try named.examples(.test, limit: nil, seed: 1).count == 100)
    #expect(try named.examples(.train, limit: nil, seed: 1).first?.prompt == "q0")
  }

  @Test func choicesMayBeTemplatesObjectsAndIndices() throws {
    let folder = try TaskFolder([
      "a.jsonl": #"{"input": "x", "output": 2, "a": "one", "b": "two", "o": {"B": "two", "A": "one"}}"#
    ])
    let labelled = try folder.task(
      "{test: a.jsonl}", "doc_to_choice: [\"{{a}}\", \"{{b}}\"]\nlabels: {1: \"{{a}}\", 2: \"{{b}}\"}")
    #expect(try labelled.examples(.test, limit: nil, seed: 1).first?.choices == ["one", "two"])
    #expect(try labelled.testPairs() == ["x>two"])
    let indexed = try folder.manifest(
      """
      task: t
      tag: C
      source: {test: a.jsonl}
      output_type: multiple_choice
      doc_to_text: input
      doc_to_target: "1"
      doc_to_choice: "{{o}}"
      """.replacingOccurrences(of: "doc_to_target: \"1\"", with: "doc_to_target: \"{{#a}}1{{/a}}\""))
    #expect(try indexed.testPairs() == ["x>two"])
    #expect(indexed.category == "C")
  }

  @Test func fewShotExamplesComeFromTrainingAndNeverShowTheirOwnAnswer() throws {
    func rows(_ range: Range<Int>) -> String {
      range.map { #"{"input": "q\#($0)", "output": "a\#($0)"}"# }.joined(separator: "\n")
    }
    let folder = try TaskFolder(["train.jsonl": rows(0..<5), "test.jsonl": rows(7..<8)])
    let task = try folder.task(
      "{train: train.jsonl, test: test.jsonl}", "num_fewshot: 2\ntarget_delimiter: \"=\"\nfewshot_delimiter: \"|\"")
    #expect(try task.testPairs() == ["q0=a0|q1=a1|q7>a7"])
    let training = try task.examples(.train, limit: nil, seed: 1)
    #expect(training[0].prompt == "q1=a1|q2=a2|q0")
    #expect(training[4].prompt == "q0=a0|q1=a1|q4")
  }

  @Test func harnessFilesWithoutPythonLoadAndFunctionsAreNamed() throws {
    let folder = try TaskFolder(["a.jsonl": Self.rows])
    let plain = """
      task: t
      tag: group
      dataset_path: json
      dataset_kwargs: {data_files: {validation: a.jsonl}}
      validation_split: validation
      output_type: generate_until
      doc_to_text: "{{input}}"
      doc_to_target: "{{output}}"
      metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
      generation_kwargs: {until: ["\\n"], do_sample: false, temperature: 0.0}
      metadata: {version: 1.0}
      """
    #expect(try folder.manifest(plain).testPairs() == ["x>y"])
    let found = mistakes {
      _ = try folder.manifest(plain.replacingOccurrences(of: "\"{{output}}\"", with: "!function utils.target"))
    }
    #expect(found.first?.line == 8)
    #expect(found.first?.message.contains("utils.target") == true && found.first?.message.contains("process") == true)
    let jinja = mistakes {
      _ = try folder.manifest(plain.replacingOccurrences(of: "{{input}}", with: "{{input.strip()}}"))
    }
    #expect(jinja.first?.message.contains("Jinja") == true)
  }

  @Test func samplesAreNestedAndDeterministic() throws {
    let lines = (0..<300).map { #"{"input": "q\#($0)", "output": "y"}"# }.joined(separator: "\n")
    let folder = try TaskFolder(["a.jsonl": lines])
    let task = try folder.task("{test: a.jsonl}")
    let large = try task.examples(.test, limit: 40, seed: 3)
    #expect(try task.examples(.test, limit: 15, seed: 3) == Array(large.prefix(15)))
    #expect(try task.examples(.test, limit: 40, seed: 3) == large)
    #expect(try task.examples(.test, limit: 40, seed: 4) != large)
  }

  @Test func theDigestCoversEveryFileThatIsRead() throws {
    let folder = try TaskFolder(["a.jsonl": Self.rows, "b.jsonl": Self.rows, "ids.txt": "x\n"])
    let source = "{test: {path: [a.jsonl, b.jsonl], where: {input: {in: ids.txt}}}}"
    var digests: Set<String> = [try folder.task(source).digest()]
    for (name, text) in [("b.jsonl", Self.rows + Self.rows), ("ids.txt", "x\ny\n")] {
      try folder.write(name, Data(text.utf8))
      digests.insert(try folder.task(source).digest())
    }
    #expect(digests.count == 3)
  }
}
