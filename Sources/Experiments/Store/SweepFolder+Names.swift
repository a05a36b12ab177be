import MTL
import TaskAffinity

extension SweepFolder {
  /// The run that a person names: by the beginning of its id, or by its subset and, where there are several, its seed
  /// (`QA+IE seed 2`).
  ///
  /// - Throws: ``SweepError/unknownRun(_:folder:)``, ``SweepError/ambiguousRun(_:matches:)``; as ``plan()``.
  public func run(named name: String) throws -> Plan.Run {
    let runs = try plan().runs
    func title(_ run: Plan.Run) -> String { run.seed.map { "\(run.subset) seed \($0)" } ?? "\(run.subset)" }
    let byTitle = runs.filter { title($0) == name || "\($0.subset)" == name }
    let found = byTitle.isEmpty ? runs.filter { name.utf8.count >= 4 && $0.id.hasPrefix(name) } : byTitle
    guard let first = found.first else { throw SweepError.unknownRun(name, folder: path) }
    if found.count > 1 {
      throw SweepError.ambiguousRun(name, matches: found.map { "\(title($0)) (\($0.id.prefix(12)))" })
    }
    return first
  }
}
