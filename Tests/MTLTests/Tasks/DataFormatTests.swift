import Foundation
import MTL
import Testing

@Suite struct DataFormatTests {
  @Test func alpacaIsReadAsAnArrayAndAsLines() throws {
    let row = #"{"instruction": "i", "input": "x", "output": "y"}"#
    let folder = try TaskFolder(["a.json": " [\(row),\n\(row)]", "b.jsonl": "\(row)\n\n\(row)\n"])
    #expect(try folder.task("{format: alpaca, test: a.json}").testPairs() == ["x>y", "x>y"])
    #expect(try folder.task("{format: alpaca, test: b.jsonl}").testPairs() == ["x>y", "x>y"])
  }

  @Test func byteOrderMarksAndWindowsLineEndsAreNoPartOfTheData() throws {
    let folder = try TaskFolder([
      "a.jsonl": "\u{FEFF}{\"input\": \"x\", \"output\": \"y\"}\r\n", "a.csv": "\u{FEFF}input,output\r\nx,y\r\n",
      "a.json": "\u{FEFF}[{\"input\": \"x\", \"output\": \"y\"}]",
    ])
    for format in ["jsonl", "csv", "json"] {
      #expect(try folder.task("{format: \(format), test: a.\(format)}").testPairs() == ["x>y"], "\(format)")
    }
  }

  @Test func jsonDocumentsKeyedByIdGiveTheirKeys() throws {
    let folder = try TaskFolder([
      "a.json":
        #"{"meta": {"n": 2}, "data": {"rows": {"17": {"input": "x", "output": "y"}, "4": {"input": "z", "output": "w"}}}}"#
    ])
    let task = try folder.task("{format: json, records: data.rows, id: id, test: a.json}")
    #expect(try task.examples(.test, limit: nil, seed: 1).map(\.id) == ["17", "4"])
  }

  @Test func jsonEscapesAreDecoded() throws {
    let folder = try TaskFolder(["a.jsonl": #"{"input": "é😀\n\"\/", "output": "\ud83d"}"#])
    #expect(try folder.task("{test: a.jsonl}").testPairs() == ["é😀\n\"/>\u{FFFD}"])
  }

  @Test(arguments: [
    (#"x,"a, b""#, "x>a, b"), (#"x,"two\#nlines""#, "x>two\nlines"), ("x,\"a \"\"quote\"\"\"", "x>a \"quote\""),
    (#"x,5" pipe"#, "x>5\" pipe"), (#""x",y"#, "x>y"), ("\"x\r\n1\",y", "x\r\n1>y"),
  ])
  func quotedFieldsFollowRFC4180(row: String, pair: String) throws {
    let folder = try TaskFolder(["a.csv": "input,output\n\(row)"])
    #expect(try folder.task("{format: csv, test: a.csv}").testPairs() == [pair])
  }

  @Test func emptyFieldsAndColumnsWithoutHeaderAreRead() throws {
    let folder = try TaskFolder(["a.csv": "q,,y\n", "a.tsv": "a \"b\tc\n"])
    let task = try folder.task("{format: csv, columns: [input, none, output], test: a.csv}")
    #expect(try task.testPairs() == ["q>y"])
    let raw = try folder.task("{format: tsv, header: false, columns: [input, output], quotes: false, test: a.tsv}")
    #expect(try raw.testPairs() == ["a \"b>c"])
  }

  @Test func rowsOfTheWrongLengthAreNamedByTheLineTheyBeginOn() throws {
    let folder = try TaskFolder(["a.csv": "input,output\n\"a\nb\",c\nx\n"])
    let task = try folder.task("{format: csv, test: a.csv}")
    #expect(throws: TaskError.badRow(file: folder.path + "/a.csv", line: 4, reason: "the row has 1 fields, not 2")) {
      try task.testPairs()
    }
  }

  @Test func anUnclosedQuoteIsNamedByWhereItOpens() throws {
    let folder = try TaskFolder(["a.csv": "input,output\na,\"b\nc\nd\n"])
    let task = try folder.task("{format: csv, test: a.csv}")
    #expect(
      throws: TaskError.badRow(file: folder.path + "/a.csv", line: 2, reason: "the quote that opens here is not closed")
    ) {
      try task.testPairs()
    }
  }

  @Test func superNaturalInstructionsGiveDefinitionInputAndEveryReference() throws {
    let folder = try TaskFolder([
      "t.json": """
      {"Definition": ["Say it."], "Instances": [{"id": "t-1", "input": "a", "output": ["b", "c"]}],
       "Positive Examples": [{"input": "p", "output": "q", "explanation": "e"}], "Categories": ["X"]}
      """
    ])
    let task = try folder.manifest(
      """
      task: t
      category: C
      source: {format: super-ni, test: t.json, id: id}
      doc_to_text: "{{definition}} {{#examples}}{{input}}={{output}} {{/examples}}{{input}}"
      doc_to_target: output
      references: references
      """)
    let example = try #require(try task.examples(.test, limit: nil, seed: 1).first)
    #expect(example.prompt == "Say it. p=q a")
    #expect(example.references == ["b", "c"])
    #expect(example.id == "t-1")
  }

  @Test func iobTagsBecomeMentionsByType() throws {
    let text = "A\tB-Drug\nB\tI-Drug\nof\tO\nC\tI-Drug\nD\tB-Drug\nE\tB-Sign\n\nno\tO\n"
    let folder = try TaskFolder(["a.tsv": text])
    let task = try folder.manifest(
      """
      task: t
      category: IE
      source: {format: conll, test: a.tsv}
      doc_to_text: text
      doc_to_target: "{{#types.Drug}}{{.}}{{^last()}}; {{/last()}}{{/types.Drug}}{{^types.Drug}}none{{/types.Drug}}"
      """)
    #expect(try task.testPairs() == ["A B of C D E>A B; C; D", "no>none"])
  }

  @Test func pubTatorOffsetsAreChecked() throws {
    let document = "1|t|A cold.\n1|a|Häufig.\n1\t2\t6\tcold\tDisease\tD1\n1\t8\t14\tHäufig\tX\t-\n"
    let folder = try TaskFolder(["a.txt": document + "\n" + document.replacingOccurrences(of: "2\t6", with: "3\t7")])
    let task = try folder.manifest(
      """
      task: t
      category: IE
      source: {format: pubtator, test: a.txt, skip-bad-rows: true}
      doc_to_text: text
      doc_to_target: "{{#mentions}}{{.}}{{^last()}}; {{/last()}}{{/mentions}}"
      """)
    #expect(try task.testPairs() == ["A cold. Häufig.>cold; Häufig"])
    let check = try TaskCheck(task, .test)
    #expect(check.badRowCount == 1)
    #expect(
      check.errors.first
        == .badRow(
          file: folder.path + "/a.txt", line: 8, reason: "the text from 3 to 7 is `old.`, not `cold`"))
  }

  @Test(arguments: [
    #"{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}"#,
    #"[{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}, {"from": "human", "value": "bye"}]}]"#,
  ])
  func conversationsGiveTheLastAnswer(text: String) throws {
    let folder = try TaskFolder(["a.json": text])
    let task = try folder.manifest(
      "task: t\ncategory: C\nsource: {format: chat, test: a.json}\ndoc_to_text: instruction\ndoc_to_target: output\n")
    #expect(try task.testPairs() == ["q>a"])
  }

  @Test func xmlElementsBecomeRows() throws {
    let folder = try TaskFolder([
      "a.xml": """
      <D id="7"><Focus>Gout</Focus><P n="1"><Q type="x">What   is
        it?</Q><A>A &amp; B</A></P><P n="2"><Q>Why?</Q><A>C</A></P></D>
      """
    ])
    let task = try folder.manifest(
      """
      task: t
      category: C
      source: {format: xml, record: P, test: a.xml, id: "{{D_id}}-{{n}}"}
      doc_to_text: "{{Focus}}: {{Q}}"
      doc_to_target: A
      """)
    #expect(try task.testPairs() == ["Gout: What is it?>A & B", "Gout: Why?>C"])
    #expect(try task.examples(.test, limit: nil, seed: 1).map(\.id) == ["7-1", "7-2"])
  }

  @Test func brokenDocumentsAreNamedByLine() throws {
    let folder = try TaskFolder([
      "a.json": "[{\"input\": \"x\", \"output\": \"y\"},\n {\"input\": }]", "a.xml": "<D>\n<P><A>x</A>\n</D>",
    ])
    #expect(
      throws: TaskError.badRow(
        file: folder.path + "/a.json", line: 2, reason: "the file is not JSON: a value is missing here")
    ) {
      try folder.task("{format: json, test: a.json}").testPairs()
    }
    #expect(throws: TaskError.self) { try folder.task("{format: xml, record: P, test: a.xml}").testPairs() }
  }
}
