import MTL
import TaskAffinity

/// A whole sweep: the plans of all points of its grid, and the runs that they make together.
public struct Sweep: Sendable {
  /// A point of the grid; a sweep without a grid has one.
  public struct Point: Sendable {
    /// Such as `lora.rank=8`; empty where there is no grid.
    public var label: String
    /// The base.
    public var source: ModelSource
    /// The tokenised data, and the plan.
    public var data: SweepData
    /// The plan.
    public var plan: SweepPlan { data.plan }
  }

  /// A run, once, however many points it belongs to.
  public struct Run: Sendable {
    /// The run.
    public var planned: PlannedRun
    /// Numbers of its points.
    public var points: [Int]
    /// The work.
    public var size: RunSize
    /// Digests of the evaluations that make it complete, by task.
    public var evaluations: [String: String]
    /// For people: the first point, the subset and the seed.
    public var title: String
    /// What names it.
    public var id: String { planned.id }
  }

  /// The sweep's name.
  public let name: String
  /// The points of the grid.
  public let points: [Point]
  /// All runs, point by point.
  public let runs: [Run]

  /// Works out the runs and tokenises their data; no weights are read into memory.
  ///
  /// - Parameters:
  ///   - points: the specifications.
  ///   - locate: the path of a base by the name that a specification has for it.
  ///   - load: the tasks of paths.
  /// - Throws: whatever these do; `FormatError`, `TaskError`, `MixtureError`, `AffinityError`, ``SweepError``.
  public init(
    _ points: [SweepPoint], locate: (String) throws -> String, load: ([String]) throws -> [any InstructionTask]
  ) throws {
    var sources: [String: ModelSource] = [:]
    var tasks: [[String]: [any InstructionTask]] = [:]
    var planned: [Point] = []
    var runs: [Run] = []
    var places: [String: Int] = [:]
    for (number, point) in points.enumerated() {
      let spec = point.specification
      let source = try sources[spec.base] ?? ModelSource.open(path: try locate(spec.base))
      sources[spec.base] = source
      let all = try tasks[spec.tasks] ?? load(spec.tasks)
      tasks[spec.tasks] = all
      let tokenizer = try source.tokenizer()
      let template = try source.chatTemplate(spec.template, tokenizer: tokenizer)
      let plan = try SweepPlan(spec, tasks: all, baseDigest: source.sha256, template: template.family.rawValue)
      let data = try SweepData(
        plan: plan,
        format: PromptFormat(tokenizer: tokenizer, chat: template, eosTokenIDs: source.configuration.eosTokenIDs),
        configuration: source.configuration)
      planned.append(Point(label: point.label, source: source, data: data))
      let evaluations = Dictionary(
        uniqueKeysWithValues: try plan.evaluationDigests().map { ($0.task, $0.digest) })
      for run in plan.runs {
        if let place = places[run.id] {
          runs[place].points.append(number)
          continue
        }
        places[run.id] = runs.count
        runs.append(
          Run(
            planned: run, points: [number], size: try data.size(of: run), evaluations: evaluations,
            title: point.label.isEmpty || run.settings.subset.isBase ? run.title : "\(point.label): \(run.title)"))
      }
    }
    name = points.first?.specification.name ?? ""
    self.points = planned
    self.runs = runs
  }

  /// What is kept of it in its folder.
  public var record: SweepFolder.Plan {
    let tasks = points.first?.plan.tasks ?? []
    return SweepFolder.Plan(
      name: name, units: points.first?.plan.specification.units ?? .category,
      estimand: points.first?.plan.specification.estimand ?? .unspecified,
      tasks: tasks.map { .init(name: $0.name, category: $0.category) },
      runs: runs.map { run in
        .init(
          id: run.id, subset: run.planned.settings.subset, seed: run.planned.settings.seed, points: run.points,
          size: run.size, evaluations: run.evaluations)
      },
      points: points.map { point in
        .init(
          label: point.label, base: point.plan.specification.base, baseDigest: point.plan.baseDigest,
          estimand: point.plan.specification.estimand)
      })
  }
}
