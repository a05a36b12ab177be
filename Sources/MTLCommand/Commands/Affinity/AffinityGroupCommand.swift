import ArgumentParser
import Experiments
import Foundation
import TaskAffinity

extension GroupingInput.Method: ExpressibleByArgument {}

struct AffinityGroupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "group",
    abstract: "Divide the tasks into groups to be trained together.",
    discussion: """
      From the trained runs of the folder, or with --from from an estimate. With --verify the groups are trained afresh \
      with seeds that the choice has not seen, beside all in one, each alone, random partitions of the same sizes, and the \
      best partition by the trained runs where those are complete.

      Example:
        mtl affinity group out/quickstart --groups 2
        mtl affinity group out/affinity-benchmark --groups 3 --from influence-product --verify --seeds 3
      """)

  @OptionGroup var choice: SweepChoice

  @Option(help: ArgumentHelp("How many groups.", valueName: "n"))
  var groups: Int

  @Option(help: "exact: best by mean score; tag: groups may overlap; density: semidefinite relaxation; spectral.")
  var method: GroupingInput.Method = .exact

  @Option(help: ArgumentHelp("Choose by this method's estimate. (default: by the trained runs)", valueName: "method"))
  var from: EstimationMethod?

  @Flag(help: "Train the groups afresh and compare.")
  var verify = false

  @Option(help: ArgumentHelp("Fresh seeds for --verify.", valueName: "n"))
  var seeds = 3

  @Option(help: ArgumentHelp("Random partitions for --verify.", valueName: "n"))
  var random = 3

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var execution: ExecutionOptions

  func validate() throws {
    if groups < 1 { throw ValidationError("--groups must be at least 1") }
    if seeds < 1 { throw ValidationError("--seeds must be at least 1") }
    if random < 0 { throw ValidationError("--random must not be negative") }
  }

  func run() throws {
    let (plan, point) = try choice.plan()
    let used = Array(Set(plan.runs.compactMap(\.seed))).sorted()
    let trained = GroupingInput(
      TrainedScores.mean(try used.map { try choice.store.trainedScores(plan, point: point, seed: $0) }))
    var input = trained
    if let from {
      let estimates = try choice.store.estimates(plan, point: point)
      guard let estimate = estimates.estimates.first(where: { $0.method == from }) else {
        let known = estimates.estimates.map(\.method.rawValue).joined(separator: ", ")
        throw ValidationError("--from \(from.rawValue): the folder has estimates by \(known)")
      }
      input = GroupingInput(estimate, layout: estimates.layout)
    }
    let grouping = try input.group(method, groups: groups)
    let verification = verify ? try verified(grouping, trained, plan: plan, point: point, used: used) : nil
    if json {
      struct Report: Encodable {
        var from: String
        var grouping: Grouping
        var verification: GroupingVerification?
      }
      printLine(try jsonText(Report(from: input.name, grouping: grouping, verification: verification)))
      return
    }
    printLine(
      "\(method.rawValue), from \(input.name)\(input.isComplete ? "" : ", by pairs") "
        + "(\(plan.estimand.title)): objective \(String(format: "%.4f", grouping.objective))"
        + (grouping.bound.map { String(format: ", at most %.4f", $0) } ?? ""))
    for group in grouping.groups { printLine("  " + group.joined(separator: ", ")) }
    if let verification { printLine("\n" + verification.text(colours: outputHasColours)) }
  }

  /// Trains what is to be compared, as a sweep of its own in the same folder.
  private func verified(
    _ grouping: Grouping, _ trained: GroupingInput, plan: SweepFolder.Plan, point: Int, used: [Int]
  ) throws -> GroupingVerification {
    if plan.points?.count ?? 1 > 1 { throw ValidationError("--verify needs a sweep without a grid") }
    let oracle = trained.isComplete ? try trained.group(.exact, groups: groups).groups : nil
    let candidates = GroupingVerification.candidates(
      chosen: grouping.groups, oracle: oracle, units: trained.layout.units, randomPartitions: random,
      seed: UInt64(used.max() ?? 0))
    let subsets = Set(candidates.flatMap { $0.groups.map { Subset($0) } }).sorted()
    let fresh = (1...seeds).map { (used.max() ?? 0) + $0 }
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    let list = subsets.map { "[" + $0.units.map(quoted).joined(separator: ", ") + "]" }.joined(separator: ", ")
    let name = plan.name + "-verify"
    let document = try SweepDocument.read(
      path: choice.store.specificationPath(of: choice.sweep),
      overrides: ["subsets=[\(list)]", "seeds=\(fresh)", "name=\(quoted(name))"])
    try execution.execute(document, in: choice.folder, isLatest: false)
    let verifying = try choice.store.plan(of: name)
    return try GroupingVerification(
      candidates, seeds: fresh,
      trained: try fresh.map { try choice.store.trainedScores(verifying, point: 0, seed: $0) })
  }
}
