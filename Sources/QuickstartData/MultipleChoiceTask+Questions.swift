extension ChoiceQuestion {
  /// A question of one kind about a fact drawn at random; nil when the side has no such fact.
  init?(_ kind: Kind, from knowledge: Knowledge, _ random: inout SplitMix64) {
    switch kind {
    case .classOfDrug, .drugOfClass, .useOfDrug, .drugForUse, .effectOfDrug:
      let drugs = kind == .effectOfDrug ? knowledge.drugs.filter(\.isHallmark) : knowledge.drugs
      guard !drugs.isEmpty else { return nil }
      self.init(kind, about: random.pick(drugs), among: drugs)
    case .testForCondition, .treatmentOfCondition, .conditionFromFindings:
      guard !knowledge.conditions.isEmpty else { return nil }
      let condition = random.pick(knowledge.conditions)
      self.init(kind, about: condition, among: knowledge.conditions)
    case .wordForFinding:
      let findings = knowledge.findings.filter(\.isTerm)
      guard !findings.isEmpty else { return nil }
      self.init(about: random.pick(findings), among: findings)
    }
  }

  private init(_ kind: Kind, about drug: Drug, among drugs: [Drug]) {
    let name = drug.name
    func options(_ text: (Drug) -> String, named: Bool = false) -> (gold: Option, pool: [Option]) {
      func option(_ drug: Drug) -> Option {
        Option(text: text(drug), areas: drug.areas, entity: named ? drug.name : nil)
      }
      return (option(drug), drugs.map(option))
    }
    let stems: [String]
    let answers: (gold: Option, pool: [Option])
    switch kind {
    case .drugOfClass:
      stems = [
        "Which drug is \(withArticle(drug.drugClass))?", "Which of these medicines is \(withArticle(drug.drugClass))?",
        "Name the \(drug.drugClass).",
      ]
      answers = options(\.name, named: true)
    case .useOfDrug:
      stems = ["What is \(name) mainly used for?", "What is the main use of \(name)?", "Why is \(name) usually given?"]
      answers = options(\.indication)
    case .drugForUse:
      stems = [
        "Which drug is used for \(drug.indication)?", "Which medicine is given for \(drug.indication)?",
        "What may a doctor prescribe for \(drug.indication)?",
      ]
      answers = options(\.name, named: true)
    case .effectOfDrug:
      stems = [
        "Which adverse effect is typical of \(name)?", "What is a known side effect of \(name)?",
        "What can \(name) cause?",
      ]
      answers = options(\.effect)
    default:
      stems = [
        "Which class does \(name) belong to?", "What kind of drug is \(name)?", "How is \(name) classified?",
      ]
      answers = options(\.drugClass)
    }
    self.init(stems: stems, gold: answers.gold, pool: answers.pool, entities: [name])
  }

  private init(_ kind: Kind, about condition: Condition, among conditions: [Condition]) {
    let name = condition.name
    func options(_ text: (Condition) -> String, named: Bool = false) -> (gold: Option, pool: [Option]) {
      func option(_ condition: Condition) -> Option {
        Option(text: text(condition), areas: condition.areas, entity: named ? condition.name : nil)
      }
      return (option(condition), conditions.map(option))
    }
    let stems: [String]
    let answers: (gold: Option, pool: [Option])
    switch kind {
    case .testForCondition:
      stems = [
        "Which test helps most to diagnose \(name)?", "How is \(name) usually confirmed?",
        "What should be done to look for \(name)?",
      ]
      answers = options(\.test)
    case .treatmentOfCondition:
      stems = [
        "What is the usual first treatment for \(name)?", "How is \(name) treated first?",
        "Which treatment suits \(name)?",
      ]
      answers = options(\.treatment)
    default:
      let findings = joinedWithAnd(condition.findings)
      stems = [
        "Which diagnosis fits \(findings)?", "What do \(findings) suggest?",
        "A patient has \(findings). What is likely?",
      ]
      answers = options(\.name, named: true)
    }
    self.init(stems: stems, gold: answers.gold, pool: answers.pool, entities: [name])
  }

  private init(about finding: Finding, among findings: [Finding]) {
    func option(_ finding: Finding) -> Option {
      Option(text: finding.name, areas: finding.areas, entity: finding.name)
    }
    self.init(
      stems: [
        "What is the medical word for \(finding.lay)?", "Which term means \(finding.lay)?",
        "How do doctors say: \(finding.lay)?",
      ],
      gold: option(finding), pool: findings.map(option), entities: [finding.name])
  }
}
