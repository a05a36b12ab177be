import Foundation
import MTL
import Testing

@Suite struct CategoriseTests {
  static let pool = """
    [{"instruction": "Extract the\\tdrugs \\"named\\" here.", "input": "x", "output": "y"},
     {"instruction": "What is a beta blocker?", "input": "", "output": "y"},
     {"instruction": "Summarise the note.\\nBriefly.", "input": "", "output": "y"},
     {"instruction": "Which drugs does the text extract from?", "input": "", "output": "y"}]
    """

  static let plan = """
    rules:
      IE: ['^extract', "identify .* entities"]
      QA: ['\\?$']
    otherwise: GEN
    """

  @Test func theFirstRuleThatMatchesDecides() throws {
    try withTemporaryDirectory { folder in
      try write(Self.pool, to: folder + "/pool.json")
      try write(Self.plan, to: folder + "/plan.yaml")
      let plan = try CategoryPlan(path: folder + "/plan.yaml")
      #expect(plan.categories == ["IE", "QA", "GEN"])
      guard case .rules(let rules, let otherwise) = plan else { throw TaskError.noTasks(path: "rules") }
      let pool = InstructionPool(path: folder + "/pool.json")
      let assignment = try pool.categorised(by: rules, otherwise: otherwise)
      #expect(assignment.rows.map(\.category) == ["IE", "QA", "GEN", "QA"])
      #expect(assignment.rows.map(\.id) == ["1", "2", "3", "4"])
      #expect(assignment.rows[0].reason == "^extract" && assignment.rows[2].reason == "")
      #expect(assignment.rows[2].head == "Summarise the note. Briefly.")
      #expect(assignment.distribution.map(\.category) == ["QA", "GEN", "IE"])
      #expect(assignment.distribution.map(\.count) == [2, 1, 1])
      let unmatched = try pool.categorised(by: rules, otherwise: nil)
      #expect(unmatched.rows[2].category == "" && unmatched.ids(of: "QA") == ["2", "4"])
    }
  }

  @Test func anEditedTableIsAFilterOfThePool() throws {
    try withTemporaryDirectory { folder in
      try write(Self.pool, to: folder + "/pool.json")
      let rules = [try CategoryRule(category: "QA", patterns: ["which|what"])]
      let table = folder + "/categories.tsv"
      let assignment = try InstructionPool(path: folder + "/pool.json").categorised(by: rules, otherwise: "GEN")
      try assignment.write(to: table)
      #expect(try CategoryAssignment(path: table) == assignment)
      var lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n").map(String.init)
      #expect(lines[0] == "_row\tcategory\treason\tinstruction")
      lines[1] = lines[1].replacing("\tGEN\t", with: "\tIE\t")
      try write(lines.joined(separator: "\n"), to: table)
      #expect(try CategoryAssignment(path: table).ids(of: "IE") == ["1"])
      try write(
        """
        task: ie
        category: IE
        source:
          format: alpaca
          test: {path: pool.json, where: {category: IE}}
          join: {path: categories.tsv, on: _row}
        prompt: "{{instruction}}"
        target: "{{output}}"
        """, to: folder + "/ie.yaml")
      let examples = try ManifestTask(manifest: folder + "/ie.yaml").examples(.test, limit: nil, seed: 1)
      #expect(examples.map(\.prompt) == ["Extract the\tdrugs \"named\" here."])
    }
  }

  @Test func theLikeliestDescriptionDecidesAndItsMarginIsWritten() throws {
    try withTemporaryDirectory { folder in
      try write(Self.pool, to: folder + "/pool.json")
      var seen: [Int] = []
      let assignment = try InstructionPool(path: folder + "/pool.json").categorised(
        into: ["QA", "IE"], batch: 3, progress: { seen.append($0) },
        scores: { $0.map { [$0.hasSuffix("?") ? -1 : -4, -2.5] } })
      #expect(assignment.rows.map(\.category) == ["IE", "QA", "IE", "QA"])
      #expect(assignment.rows.map(\.reason) == ["1.50", "1.50", "1.50", "1.50"])
      #expect(seen == [3, 4])
    }
  }

  /// log P(description | instruction) less log P(description | "N/A"), here one sequence at a time.
  @Test func likelihoodScoresAgreeWithSequencesScoredOneByOne() throws {
    try withTemporaryDirectory { folder in
      try SmallestModel.randomGGUF(seed: 9).write(to: URL(filePath: folder + "/model.gguf"))
      let source = try ModelSource.open(path: folder + "/model.gguf")
      let format = PromptFormat(tokenizer: try source.tokenizer(), chat: nil)
      let scorer = LikelihoodScorer(model: try LanguageModel(source), adapter: nil, pool: WorkerPool(count: 1))
      let descriptions = [
        CategoryDescription(category: "A", text: "abc"), CategoryDescription(category: "B", text: "a fed a"),
      ]
      func logLikelihood(_ instruction: String, _ description: String) throws -> Double {
        let start = try format.prompt("Instruction: " + instruction)
        let tail = format.tokenizer.encode("\n\nThe instruction above is a task of")
        let answer = format.tokenizer.encode(" " + description + ".")
        return -(try scorer.score([TokenSequence(prompt: start + tail, answer: answer)])[0].nll)
      }
      let instructions = ["ab", "abc cab abc"]
      let scores = try CategoryLikelihood(descriptions, scorer: scorer, format: format).scores(instructions)
      for (instruction, scores) in zip(instructions, scores) {
        for (description, score) in zip(descriptions, scores) {
          let expected = try logLikelihood(instruction, description.text) - logLikelihood("N/A", description.text)
          #expect(abs(score - expected) < 1e-4)
          #expect(abs(score) > 1e-3)
        }
      }
    }
  }

  @Test func plansReportEveryMistake() throws {
    try withTemporaryDirectory { folder in
      func said(_ text: String) throws -> String {
        try write(text, to: folder + "/plan.yaml")
        return message { _ = try CategoryPlan(path: folder + "/plan.yaml") }
      }
      let rules = try said("rules:\n  IE: ['(']\n  QA: []\notherwize: GEN\n")
      #expect(rules.contains(":2: `rules.IE` has `(`, which is not a regular expression"))
      #expect(rules.contains(":3: `rules.QA` must list at least one regular expression"))
      #expect(rules.contains("`otherwize` is not a known key; did you mean `otherwise`?"))
      #expect(try said("descriptions: {QA: answering}\n").contains("must describe at least two categories"))
      #expect(try said("description: {}\n").contains("there must be `rules` or `descriptions`"))
    }
  }

  @Test func poolsAndTablesThatAreBrokenAreNamedByLine() throws {
    try withTemporaryDirectory { folder in
      try write(#"{"instruction": "a"}"# + "\n" + #"{"prompt": "a"}"# + "\n", to: folder + "/pool.jsonl")
      let pool = InstructionPool(path: folder + "/pool.jsonl", format: .jsonl)
      #expect(message { _ = try pool.categorised(by: [], otherwise: nil) }.contains("pool.jsonl:2: there is no field"))
      try write("a\tb\n", to: folder + "/table.tsv")
      #expect(message { _ = try CategoryAssignment(path: folder + "/table.tsv") }.contains(":1: the first line must"))
      try write("id\tcategory\n1\tQA\n1\tIE\n", to: folder + "/table.tsv")
      #expect(message { _ = try CategoryAssignment(path: folder + "/table.tsv") }.contains(":3: the id 1 comes twice"))
    }
  }
}
