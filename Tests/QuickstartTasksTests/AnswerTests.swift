import Foundation
import QuickstartData
import Testing

@Suite struct AnswerTests {
  private func task(_ name: String) throws -> QuickstartTask {
    try #require(QuickstartTask.all.first { $0.name == name })
  }

  @Test(arguments: Side.allCases) func theAnswerIsExactlyOneOfTheChoices(side: Side) throws {
    for (task, example) in try Repository.all(side) {
      #expect((example.choices != nil) == (task.metric == .accuracy), "\(example.id)")
      guard let choices = example.choices else { continue }
      #expect(choices.filter { $0 == example.output }.count == 1, "\(example.id)")
      #expect(Set(choices).count == choices.count, "\(example.id)")
    }
  }

  @Test(arguments: Side.allCases) func everyPositionIsRightEquallyOften(side: Side) throws {
    let examples = try Repository.examples(try task("multiple-choice"), side)
    var counts = [Int](repeating: 0, count: 4)
    for example in examples {
      let choices = try #require(example.choices)
      #expect(choices.count == 4)
      #expect(example.input.hasSuffix("\nOptions: " + choices.joined(separator: "; ")))
      counts[try #require(choices.firstIndex(of: example.output))] += 1
    }
    #expect(Set(counts).count == 1, "\(counts)")
  }

  @Test(arguments: Side.allCases) func noDistractorIsRightAsWell(side: Side) throws {
    // Asked from the other end: whatever the tables say of the subject must not be among the wrong options.
    let knowledge = try Repository.knowledge(side)
    for example in try Repository.examples(try task("multiple-choice"), side) {
      let wrong = Set(try #require(example.choices)).subtracting([example.output])
      for drug in knowledge.drugs where contains(example.input.prefixBeforeOptions, name: drug.name) {
        #expect(wrong.isDisjoint(with: [drug.drugClass, drug.indication, drug.effect]), "\(example.id)")
      }
      for drug in knowledge.drugs where wrong.contains(drug.name) {
        let question = example.input.prefixBeforeOptions
        #expect(!contains(question, name: drug.indication), "\(example.id)")
        #expect(!contains(question, name: drug.drugClass), "\(example.id)")
      }
      for condition in knowledge.conditions where contains(example.input.prefixBeforeOptions, name: condition.name) {
        #expect(wrong.isDisjoint(with: [condition.test, condition.treatment]), "\(example.id)")
      }
    }
  }

  @Test(arguments: Side.allCases) func wrongNamesComeFromUnrelatedAreas(side: Side) throws {
    let knowledge = try Repository.knowledge(side)
    var areas: [String: [String]] = [:]
    for drug in knowledge.drugs { areas[drug.name] = drug.areas }
    for condition in knowledge.conditions { areas[condition.name] = condition.areas }
    for finding in knowledge.findings { areas[finding.name] = finding.areas }
    var compared = 0
    for example in try Repository.examples(try task("multiple-choice"), side) {
      let subject = Set(try #require(example.entities.first.flatMap { areas[$0] }))
      for wrong in example.entities.dropFirst() {
        #expect(subject.isDisjoint(with: try #require(areas[wrong])), "\(example.id): \(wrong)")
        compared += 1
      }
    }
    #expect(compared > 80)
  }

  @Test(arguments: Side.allCases) func verdictsComeInThirds(side: Side) throws {
    let outputs = try Repository.examples(try task("yes-no-maybe"), side).map(\.output)
    for verdict in ["yes", "no", "maybe"] {
      #expect(outputs.filter { $0 == verdict }.count * 3 == outputs.count)
    }
  }

  @Test(arguments: Side.allCases) func medicationsAreAllThoseNamedInOrder(side: Side) throws {
    let drugs = try Repository.knowledge(side).drugs.map(\.name)
    var sizes: Set<Int> = []
    for example in try Repository.examples(try task("medications"), side) {
      let listed = example.output == "none" ? [] : example.output.components(separatedBy: "; ")
      let text = example.input.lowercased()
      let named = drugs.filter { contains(text, name: $0) }
      let places = listed.compactMap { text.range(of: $0)?.lowerBound }
      #expect(Set(listed) == Set(named) && listed.count == named.count, "\(example.id)")
      #expect(places.count == listed.count && places == places.sorted(), "\(example.id)")
      sizes.insert(listed.count)
    }
    #expect(sizes == [0, 1, 2, 3, 4])
  }

  @Test(arguments: Side.allCases) func findingsAreAllThoseNamedInOrder(side: Side) throws {
    let names = try Repository.knowledge(side).findings.map(\.name)
    var statuses: [String: Int] = [:]
    for example in try Repository.examples(try task("findings"), side) {
      let items = example.output.components(separatedBy: "; ").map { $0.components(separatedBy: ": ") }
      let text = example.input.lowercased()
      #expect(items.allSatisfy { $0.count == 2 && ["present", "absent"].contains($0[1]) }, "\(example.id)")
      #expect(Set(items.map { $0[0] }) == Set(names.filter { contains(text, name: $0) }), "\(example.id)")
      let places = items.compactMap { text.range(of: $0[0])?.lowerBound }
      #expect(places == places.sorted(), "\(example.id)")
      for item in items { statuses[item[1], default: 0] += 1 }
    }
    let absent = Double(statuses["absent"] ?? 0) / Double(statuses.values.reduce(0, +))
    #expect((0.25...0.5).contains(absent), "\(absent)")
  }

  @Test(arguments: Side.allCases) func summariesRepeatTheDiagnosisOfTheNote(side: Side) throws {
    for example in try Repository.examples(try task("note-summary"), side) {
      let name = try #require(example.entities.first)
      #expect(contains(example.input, name: name) && contains(example.output, name: name), "\(example.id)")
      #expect(example.output.hasSuffix("."), "\(example.id)")
    }
  }
}

extension String {
  fileprivate var prefixBeforeOptions: String { components(separatedBy: "\nOptions: ")[0] }
}
