import Testing

import MTL

@Suite struct AnswerRuleTests {
  @Test func choicesAreFoundAsWholeWords() {
    let choices = ["no", "yes", "not sure"]
    #expect(AnswerRule(.choice).parse("Nothing is known. Yes, no doubt.", choices: choices) == "yes")
    #expect(AnswerRule(.choice, take: .last).parse("Nothing is known. Yes, no doubt.", choices: choices) == "no")
    #expect(AnswerRule(.choice).parse("I am NOT SURE.", choices: choices) == "not sure")
    #expect(AnswerRule(.choice).parse("nobody knows", choices: choices) == nil)
    #expect(AnswerRule(.choice).parse("The answer is (B).", choices: ["(A)", "(B)"]) == "(B)")
  }

  @Test func aChoiceWithinALongerOneIsNotMeant() {
    let choices = ["significantly increased", "increased"]
    #expect(AnswerRule(.choice, take: .last).parse("It significantly increased.", choices: choices) == choices[0])
  }

  @Test func patternsGiveTheirFirstGroup() {
    let rule = AnswerRule(.pattern(#"answer is \(?([A-D])\)?"#))
    #expect(rule.parse("So the answer is (C). Or the answer is D.") == "C")
    #expect(AnswerRule(rule.kind, take: .last).parse("So the answer is (C). Or the answer is D.") == "D")
    #expect(rule.parse("C") == nil)
    #expect(AnswerRule(.pattern("[0-9]+ mg")).parse("take 20 mg") == "20 mg")
  }

  @Test func numbersLoseTheirSeparators() {
    #expect(AnswerRule(.number, take: .last).parse("2 and 3 make 1,234,567.50") == "1234567.50")
    #expect(AnswerRule(.number).parse("minus -4.") == "-4")
    #expect(AnswerRule(.number).parse("none") == nil)
  }

  @Test func onlyWhatFollowsTheMarkerCounts() {
    let rule = AnswerRule(.firstLine, marker: "Answer:")
    #expect(rule.parse("Answer: a\nWait. Answer:\n  b \nc") == "b")
    #expect(rule.parse("b") == nil)
  }

  @Test func anEmptyAnswerIsNone() {
    #expect(AnswerRule().parse(" \n") == nil)
    #expect(AnswerRule().parse(" x ") == "x")
  }
}
