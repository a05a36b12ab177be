import Foundation
import QuickstartData
import Testing

@Suite struct CommittedFilesTests {
  @Test(arguments: Side.allCases) func regeneratingGivesTheCommittedBytes(side: Side) throws {
    let knowledge = try Repository.knowledge(side)
    for task in QuickstartTask.all {
      let written = QuickstartTask.jsonLines(try task.examples(from: knowledge))
      let isSame = written == (try Repository.text(task.fileName(side)))
      #expect(isSame, "\(task.fileName(side)) is stale: run `swift run -c release QuickstartTasks tasks/quickstart`")
    }
  }

  @Test func everyTaskHasEnoughExamplesWithIdsOfTheirOwn() throws {
    var ids: Set<String> = []
    for task in QuickstartTask.all {
      let counts = (try Repository.examples(task, .train).count, try Repository.examples(task, .test).count)
      #expect(counts.0 >= 240 && counts.1 >= 80, "\(task.name)")
      for side in Side.allCases {
        for example in try Repository.examples(task, side) { #expect(ids.insert(example.id).inserted) }
      }
    }
  }

  @Test func noPromptOccursTwice() throws {
    var inputs: Set<String> = []
    for side in Side.allCases {
      for (task, example) in try Repository.all(side) {
        #expect(inputs.insert(task.name + example.input).inserted, "\(example.id)")
      }
    }
  }

  @Test func noTestQuestionHasTheSubjectAndAnswerOfAnother() throws {
    for task in QuickstartTask.all {
      let facts = try Repository.examples(task, .test).map { [$0.entities.first ?? "", $0.output] }
      #expect(Set(facts).count == facts.count, "\(task.name)")
    }
  }

  @Test func everyTaskIsAskedInAtLeastSixWays() throws {
    for task in QuickstartTask.all {
      for side in Side.allCases {
        #expect(Set(try Repository.examples(task, side).map(\.instruction)).count >= 6, "\(task.name)")
      }
    }
  }

  @Test func examplesAreShort() throws {
    // About 3.5 characters make a token, and a digit is one: 35 tokens an answer, 80 a question with options.
    for side in Side.allCases {
      for (_, example) in try Repository.all(side) {
        #expect((1...125).contains(example.output.count), "\(example.id)")
        #expect(example.instruction.count + example.input.count + example.output.count <= 400, "\(example.id)")
        #expect(!example.output.contains("\n"), "\(example.id)")
      }
    }
  }

  @Test func everyTaskHasAManifestThatNamesItsFilesAndMetric() throws {
    for task in QuickstartTask.all {
      let manifest = try Repository.text("\(task.name).yaml")
      #expect(manifest.contains("task: \(task.name)\n"))
      for side in Side.allCases { #expect(manifest.contains("\(side.rawValue): \(task.fileName(side))")) }
      #expect(manifest.contains("metric: \(task.metric.rawValue)"))
    }
  }

  @Test func theReadmeReportsTheBaselinesOfTheCommittedFiles() throws {
    let readme = try Repository.text("README.md")
    for task in QuickstartTask.all {
      let (train, test) = (try Repository.examples(task, .train), try Repository.examples(task, .test))
      let fair = Baseline.bestConstant(task.metric, among: train, choosingOn: train, test: test).score
      let most = Baseline.bestConstant(task.metric, among: train + test, choosingOn: test, test: test).score
      let row = "| \(task.metric.rawValue) | \(percent(fair)) | \(percent(most)) |"
      let line = readme.split(separator: "\n").first { $0.hasPrefix("| \(task.name) ") }
      #expect(line?.hasSuffix(row) == true, "\(task.name) should end in \(row)")
    }
  }

  private func percent(_ score: Double) -> String { String(format: "%.1f", 100 * score) }
}
