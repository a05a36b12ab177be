import Foundation
import MTL
import TaskAffinity
import Yams

extension SweepSpecification {
  /// Reads a specification without a grid from YAML.
  ///
  /// - Throws: `ConfigurationError` with every mistake and its line, `FormatError.unreadable`.
  public static func read(path: String) throws -> SweepSpecification {
    try single(SweepDocument.read(path: path))
  }

  /// Parses YAML without a grid; `file` is its name in messages.
  ///
  /// - Throws: `ConfigurationError` with every mistake and its line.
  public static func parse(_ text: String, file: String) throws -> SweepSpecification {
    try single(SweepDocument.parse(text, file: file))
  }

  /// What a specification in a file is called that does not say.
  static func fallbackName(_ file: String) -> String {
    file.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? "sweep"
  }

  private static func single(_ document: SweepDocument) throws -> SweepSpecification {
    let points = try document.points()
    guard points.count == 1, let point = points.first else {
      throw ConfigurationError([
        .init(file: document.file, line: nil, message: "`grid` makes \(points.count) specifications of one")
      ])
    }
    return point.specification
  }

  /// Reads a specification.
  ///
  /// - Throws: `ConfigurationError` with every mistake and its line.
  init(_ top: YAMLSection) throws {
    var result = SweepSpecification(
      name: top.string("name") ?? Self.fallbackName(top.mistakes.file), base: top.requiredString("base") ?? "",
      tasks: top.strings("tasks") ?? [])
    if !top.has("tasks") {
      top.mistakes.add("`tasks` is missing: a folder of task manifests", at: .init(file: top.mistakes.file, line: nil))
    }
    result.baseStorage = top.word("base-storage", BaseStorage.self) ?? result.baseStorage
    result.baseCompute = top.word("base-compute", BaseCompute.self) ?? result.baseCompute
    result.template = top.word("template", ChatTemplate.Family.self)
    result.units = top.word("units", UnitKind.self) ?? result.units
    result.subsets = Self.readSubsets(top) ?? result.subsets
    result.seeds = top.ints("seeds") ?? result.seeds
    if result.seeds.isEmpty || result.seeds.contains(where: { $0 < 0 }) || Set(result.seeds).count < result.seeds.count
    {
      top.mistake("seeds", "must be different whole numbers, none of them negative")
    }
    Self.readBudget(top, into: &result)
    Self.readMixture(top, into: &result)
    result.excludeOverlap = top.bool("exclude-overlap") ?? false
    if let lora = top.section("lora") { Self.readLoRA(lora, into: &result.lora) }
    if let training = top.section("training") { Self.readTraining(training, into: &result.training) }
    if let evaluation = top.section("evaluation") {
      result.evaluation.examplesPerTask = evaluation.positive("examples-per-task")
      result.evaluation.seed = evaluation.int("seed").map { UInt64($0.magnitude) } ?? result.evaluation.seed
      result.evaluation.maxLength = evaluation.positive("max-length")
      result.evaluation.generates = evaluation.bool("generate") ?? true
      evaluation.finish()
    }
    if let slurm = top.section("slurm") { result.slurm = SlurmSettings(slurm) }
    top.finish()
    try top.throwMistakes()
    self = result
  }

  private static func readSubsets(_ top: YAMLSection) -> Subsets? {
    guard let node = top.node("subsets") else { return nil }
    if let word = node.scalar?.string {
      let words: [String: Subsets] = [
        "all": .all, "singles": .singles, "pairs": .pairs, "leave-one-out": .leaveOneOut,
        "block-design": .blockDesign,
      ]
      if let subsets = words[word] { return subsets }
      let nearest = nearestWord(to: word, among: words.keys.sorted()).map { "; did you mean `\($0)`?" } ?? ""
      top.mistake(
        "subsets",
        "must be all, singles, pairs, leave-one-out, block-design, {random: ...} or a list of lists, not `\(word)`\(nearest)"
      )
      return nil
    }
    if node.sequence != nil {
      let lists = node.sequence?.map { $0.sequence?.map { $0.scalar?.string } ?? [$0.scalar?.string] } ?? []
      if lists.contains(where: { $0.contains(nil) || $0.isEmpty }) {
        top.mistake("subsets", "must be a list of lists of names, such as [[QA], [QA, IE]]")
        return nil
      }
      return .explicit(lists.map { $0.compactMap { $0 } })
    }
    guard let random = top.section("subsets")?.section("random") else {
      top.mistake("subsets", "must hold `random: {count, size, seed}`")
      return nil
    }
    let (count, size) = (random.positive("count"), random.positive("size"))
    let seed = random.int("seed").map { UInt64($0.magnitude) } ?? 1
    random.finish()
    guard let count, let size else {
      top.mistake("subsets", "needs a count and a size, such as {random: {count: 12, size: 3, seed: 1}}")
      return nil
    }
    return .random(count: count, size: size, seed: seed)
  }

  private static func readBudget(_ top: YAMLSection, into result: inout SweepSpecification) {
    guard let budget = top.section("budget") else { return }
    result.budget.examplesPerTask = budget.positive("examples-per-task")
    result.budget.epochs = budget.positive("epochs") ?? result.budget.epochs
    budget.finish()
  }

  private static func readMixture(_ top: YAMLSection, into result: inout SweepSpecification) {
    guard let section = top.section("mixture") else { return }
    if top.has("budget") {
      top.mistake("mixture", "cannot be given with `budget`: it says how much data a run sees")
    }
    let mixture = MixtureSettings(section)
    if mixture.budget == .all, mixture.policy != .proportional {
      top.mistake(
        "mixture",
        "needs examples-per-task (every unit is seen as often in every subset) or total-examples or total-tokens "
          + "(every subset sees as much)")
    }
    result.setMixture(mixture)
  }

  private static func readLoRA(_ section: YAMLSection, into lora: inout LoRASettings) {
    lora.rank = section.positive("rank") ?? lora.rank
    lora.alpha = section.double("alpha") ?? lora.alpha
    lora.dropout = section.double("dropout") ?? lora.dropout
    lora.rsLoRA = section.bool("rslora") ?? lora.rsLoRA
    if let names = section.strings("targets") {
      lora.targets = names.compactMap { name in
        if let target = LoRATarget(rawValue: name) { return target }
        let words = LoRATarget.allCases.map(\.rawValue)
        let nearest = nearestWord(to: name, among: words).map { "; did you mean `\($0)`?" } ?? ""
        section.mistake("targets", "must be among \(words.joined(separator: ", ")), not `\(name)`\(nearest)")
        return nil
      }
      if names.isEmpty { section.mistake("targets", "must name at least one module") }
    }
    if section.has("layers") {
      if section.node("layers")?.scalar?.string == "all" {
        lora.layers = .all
      } else if let count = section.positive("layers") {
        lora.layers = .top(count)
      }
    }
    if !(lora.dropout >= 0 && lora.dropout < 1) { section.mistake("dropout", "must be at least 0 and below 1") }
    if !(lora.alpha > 0 && lora.alpha.isFinite) { section.mistake("alpha", "must be positive") }
    section.finish()
  }

  private static func readTraining(_ section: YAMLSection, into training: inout TrainingSettings) {
    training.learningRate = section.double("learning-rate") ?? training.learningRate
    training.weightDecay = section.double("weight-decay") ?? training.weightDecay
    training.maxGradNorm = section.double("max-grad-norm") ?? training.maxGradNorm
    training.schedule = section.word("schedule", LearningRateSchedule.self) ?? training.schedule
    training.warmup = section.double("warmup") ?? training.warmup
    training.batchSize = section.int("batch-size") ?? training.batchSize
    training.maxLength = section.int("max-length") ?? training.maxLength
    training.microBatchTokens = section.int("micro-batch-tokens") ?? training.microBatchTokens
    // A problem begins with its key.
    for problem in training.problems {
      section.mistakes.add(problem, at: section.origin(of: String(problem.prefix { $0 != " " })))
    }
    section.finish()
  }
}

extension YAMLSection {
  /// A whole number of at least 1.
  func positive(_ key: String) -> Int? {
    guard let value = int(key) else { return nil }
    if value >= 1 { return value }
    mistake(key, "must be at least 1, not \(value)")
    return nil
  }
}
