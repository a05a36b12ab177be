import Foundation
import QuickstartData
import Testing

@Suite struct KnowledgeTests {
  @Test func theKnowledgeIsLargeAndHasNoNameTwice() throws {
    let sides = try Side.allCases.map(Repository.knowledge)
    #expect(sides.map(\.drugs.count).reduce(0, +) >= 120)
    #expect(sides.map(\.conditions.count).reduce(0, +) >= 70)
    #expect(sides.map(\.findings.count).reduce(0, +) >= 60)
    let names = sides.flatMap(\.entities).map { $0.lowercased() }
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: Side.allCases) func rowsFitTheSentencesTheyGoInto(side: Side) throws {
    let knowledge = try Repository.knowledge(side)
    for drug in knowledge.drugs {
      for text in [drug.drugClass, drug.indication, drug.effect, drug.dose] { expectPhrase(text, of: drug.name) }
      #expect(!drug.drugClass.hasPrefix("a ") && !drug.drugClass.hasPrefix("an "), "\(drug.name)")
    }
    for condition in knowledge.conditions {
      #expect((2...3).contains(condition.findings.count), "\(condition.name)")
      for text in condition.findings + [condition.test, condition.treatment, condition.explanation] {
        expectPhrase(text, of: condition.name)
      }
      #expect(!contains(condition.explanation, name: condition.name), "\(condition.name) explains itself by its name")
    }
    for finding in knowledge.findings {
      expectPhrase(finding.lay, of: finding.name)
      if finding.isTerm { #expect(!contains(finding.lay, name: finding.name), "\(finding.name)") }
    }
  }

  private func expectPhrase(_ text: String, of name: String) {
    #expect(!text.isEmpty && text.last != "." && !text.contains(";") && !text.contains("  "), "\(name): \(text)")
    #expect(text.split(separator: " ").count <= 20, "\(name): \(text)")
  }

  @Test func hallmarkEffectsAreToldApart() throws {
    for side in Side.allCases {
      let hallmarks = try Repository.knowledge(side).drugs.filter(\.isHallmark)
      #expect(hallmarks.count >= 12)
      for (first, second) in pairs(hallmarks) where first.effect == second.effect {
        #expect(first.drugClass == second.drugClass, "\(first.name) and \(second.name)")
      }
    }
  }

  private func pairs(_ drugs: [Drug]) -> [(Drug, Drug)] {
    drugs.indices.flatMap { first in drugs[(first + 1)...].map { (drugs[first], $0) } }
  }

  @Test(arguments: [
    ("name\tarea\nasthma\n", "1 cells under 2 headings"),
    ("name\tarea\nasthma\t\n", "empty"),
    ("name\tarea\nasthma\t lung\n", "padded"),
    ("name\tarea\nasthma\tlung\nAsthma\tlung\n", "twice"),
    ("name\tside\nasthma\ttrain\n", "no column named area"),
  ])
  func aDamagedTableIsRefused(text: String, complaint: String) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tsv")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let error = #expect(throws: KnowledgeError.self) {
      try KnowledgeTable(path: url.path, columns: ["name", "area"])
    }
    #expect(error?.description.contains(complaint) == true)
  }
}
