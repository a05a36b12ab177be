import QuickstartData
import Testing

@Suite struct SplitTests {
  @Test func noNameIsOnBothSides() throws {
    let train = Set(try Repository.knowledge(.train).entities)
    let test = Set(try Repository.knowledge(.test).entities)
    #expect(train.count > 100 && test.count > 80)
    #expect(train.isDisjoint(with: test))
  }

  @Test(arguments: Side.allCases) func examplesNameOnlyEntitiesOfTheirSide(side: Side) throws {
    let names = Set(try Repository.knowledge(side).entities)
    for (_, example) in try Repository.all(side) {
      #expect(!example.entities.isEmpty, "\(example.id)")
      #expect(names.isSuperset(of: example.entities), "\(example.id)")
    }
  }

  @Test(arguments: Side.allCases) func noTextMentionsANameOfTheOtherSide(side: Side) throws {
    // Also what a treatment or an explanation mentions in passing.
    let others = try Repository.knowledge(side == .train ? .test : .train).entities
    let text = try Repository.all(side).map { "\($0.example.input)\n\($0.example.output)" }.joined(separator: "\n")
    for name in others { #expect(!contains(text, name: name), "\(name)") }
  }

  @Test func theSearchForNamesFindsWholeWordsOnly() {
    #expect(contains("Takes Lithium, daily", name: "lithium"))
    #expect(contains("gouty gout", name: "gout"))
    #expect(!contains("gouty", name: "gout"))
    #expect(!contains("headaches", name: "ache"))
  }
}
