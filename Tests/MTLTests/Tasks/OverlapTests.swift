import Foundation
import MTL
import Testing

@Suite struct OverlapTests {
  private static let long = "one two three four five six seven eight nine ten eleven twelve thirteen"

  private func task(_ folder: TaskFolder, _ name: String, train: [String], test: [String]) throws -> ManifestTask {
    func rows(_ texts: [String]) -> Data {
      Data(texts.map { "{\"input\": \"\($0)\", \"output\": \"y\"}\n" }.joined().utf8)
    }
    try folder.write("\(name).train.jsonl", rows(train))
    try folder.write("\(name).test.jsonl", rows(test))
    let text = """
      task: \(name)
      category: C
      source: {train: \(name).train.jsonl, test: \(name).test.jsonl}
      doc_to_text: "An instruction of more than thirteen words that is the same before every single input: {{input}}"
      doc_to_target: output
      answer: first-line
      """
    try folder.write("\(name).yaml", Data(text.utf8))
    return try ManifestTask(manifest: folder.path + "/\(name).yaml")
  }

  @Test func sameWordsAndRunsOfThirteenAreFoundAcrossTasks() throws {
    let folder = try TaskFolder()
    let a = try task(
      folder, "a", train: ["The same!", "zero \(Self.long.uppercased())", "other"], test: ["nothing", "the SAME"])
    let b = try task(folder, "b", train: ["nothing like it"], test: ["\(Self.long) end", "something"])
    let overlap = try TrainTestOverlap.find([a, b])
    #expect(
      overlap.pairs.map { "\($0.trainTask)\($0.trainID) \($0.testTask)\($0.testID) \($0.kind)" } == [
        "a1 a2 exact", "a2 b1 near",
      ])
    #expect(overlap.pairs.map(\.sharedWords) == [nil, Self.long])
    #expect(overlap.comparedShare == 1 && overlap.trainCounts == ["a": 3, "b": 1])
  }

  @Test func twelveWordsInCommonAreNoOverlap() throws {
    let folder = try TaskFolder()
    let twelve = Self.long.split(separator: " ").dropLast().joined(separator: " ")
    let a = try task(folder, "a", train: ["\(twelve) here"], test: ["\(twelve) there", "something"])
    #expect(try TrainTestOverlap.find([a]).pairs.isEmpty)
  }

  @Test func overlapIsLeftOutOfSamplesWithoutShorteningThem() throws {
    let folder = try TaskFolder()
    let a = try task(folder, "a", train: (0..<10).map { "text \($0)" }, test: ["text 3", "text 7"])
    let clean = ExcludingTask(a, excluding: try TrainTestOverlap.find([a]))
    #expect(clean.answerRule == a.answerRule)
    #expect(clean.excluded == ["4", "8"])
    let all = try clean.examples(.train, limit: nil, seed: 1)
    #expect(all.count == 8 && !all.contains { clean.excluded.contains($0.id) })
    let sample = try clean.examples(.train, limit: 6, seed: 1)
    #expect(sample.count == 6 && sample.allSatisfy { !clean.excluded.contains($0.id) })
    #expect(try clean.digest() != a.digest())
  }

  @Test func memoryIsBoundedByComparingAShare() throws {
    let folder = try TaskFolder()
    let tests = (0..<40).map { n in (0..<30).map { "w\(n)x\($0)" }.joined(separator: " ") }
    let a = try task(folder, "a", train: tests.map { "start " + $0 }, test: tests)
    let overlap = try TrainTestOverlap.find([a], maximumRuns: 200)
    #expect(overlap.comparedShare < 1 && overlap.comparedShare > 0.05)
    #expect(overlap.pairs.count > 20)
    #expect(try TrainTestOverlap.find([a]).pairs.count == 40)
  }

  /// An instruction that is put in several ways is none of the examples' own words.
  @Test func aFrequentBeginningOrEndIsNoOverlap() throws {
    let folder = try TaskFolder()
    let wordings = ["List every finding that the following clinical note mentions and say whether", "Read, then tell"]
    let end = "Answer in one line with every name followed by a colon and present or absent."
    func prompts(_ range: Range<Int>) -> [String] { range.map { "\(wordings[$0 % 2]) it holds: n\($0) \(end)" } }
    let a = try task(folder, "a", train: prompts(0..<20), test: prompts(20..<30))
    #expect(try TrainTestOverlap.find([a]).pairs.isEmpty)
    // The same words in the middle of a test example are.
    let b = try task(folder, "b", train: prompts(0..<20), test: prompts(20..<29) + ["x1 x2 \(end) x3 x4"])
    let c = try task(folder, "c", train: ["y \(end) z"], test: ["something"])
    let pairs = try TrainTestOverlap.find([b, c]).pairs
    #expect(pairs.map(\.trainTask) == ["c"])
    #expect(pairs.first?.sharedWords == "answer in one line with every name followed by a colon and present")
  }
}
