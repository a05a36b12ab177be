import Foundation
import MTL
import TaskAffinity

/// The folder of a sweep, and the store of its runs: `plan.json` says which runs belong to it, `runs/<id>.h5` holds each.
///
/// Several sweeps may share a folder, and so the runs that they have in common: `plans/<name>.json` is kept for each,
/// `plan.json` is that of the latest. docs/sweeps.md describes the layout.
public struct SweepFolder: Sendable {
  /// The folder.
  public let path: String

  /// A folder, which need not be there.
  public init(_ path: String) { self.path = path }

  /// Where a finished run's file is.
  public func runPath(_ id: String) -> String { path + "/runs/" + id + ".h5" }

  /// Where a run keeps its state until it is finished.
  public func checkpointPath(_ id: String) -> String { path + "/runs/" + id + ".checkpoint" }

  /// Where the reasons of a run's failures are kept.
  public func failuresPath(_ id: String) -> String { path + "/runs/" + id + ".failures.json" }

  /// Where it is kept who does which run.
  public var leasesPath: String { path + "/leases" }

  /// The specification of the latest sweep, whole.
  public var specificationPath: String { path + "/sweep.yaml" }

  /// The specification of a sweep by its name, or the latest.
  public func specificationPath(of sweep: String?) -> String {
    sweep.map { path + "/plans/\(Self.fileName($0)).yaml" } ?? specificationPath
  }

  /// What later commands need to know of a sweep, without its model and data.
  public struct Plan: Codable, Sendable, Hashable {
    /// A run.
    public struct Run: Codable, Sendable, Hashable {
      /// Its id.
      public var id: String
      /// What it is trained on.
      public var subset: Subset
      /// Its seed; nil for the base.
      public var seed: Int?
      /// Numbers of the points of the grid that it belongs to; nil for the only one.
      public var points: [Int]?
      /// The work that it is.
      public var size: RunSize?
      /// Digests of the evaluations that make it complete, by task.
      public var evaluations: [String: String]?
    }
    /// A task that every run is scored on.
    public struct Task: Codable, Sendable, Hashable {
      /// Its name.
      public var name: String
      /// Its category.
      public var category: String
    }
    /// A combination of the grid's values.
    public struct Point: Codable, Sendable, Hashable {
      /// Such as `lora.rank=8`; empty where there is no grid.
      public var label: String
      /// The base, as the specification names it.
      public var base: String
      /// SHA-256 of the base.
      public var baseDigest: String
      /// Whether more units mean more steps.
      public var estimand: Estimand
    }
    /// The sweep's name.
    public var name: String
    /// What subsets are made of.
    public var units: UnitKind
    /// Whether more units mean more steps, at the first point.
    public var estimand: Estimand
    /// The tasks.
    public var tasks: [Task]
    /// The runs, the base first.
    public var runs: [Run]
    /// The points of the grid; one where there is no grid, nil in folders of older versions.
    public var points: [Point]?
  }

  private var planPath: String { path + "/plan.json" }

  /// The plan kept in the folder: that of the latest sweep.
  ///
  /// - Throws: ``SweepError/noSweep(folder:)``, `FormatError.damaged`.
  public func plan() throws -> Plan {
    guard let data = FileManager.default.contents(atPath: planPath) else { throw SweepError.noSweep(folder: path) }
    return try Self.decode(data, planPath)
  }

  /// The plan of a sweep by its name, or the latest.
  ///
  /// - Throws: ``SweepError/noSweep(folder:)``, ``SweepError/unknownSweep(_:known:)``, `FormatError.damaged`.
  public func plan(of sweep: String?) throws -> Plan {
    guard let sweep else { return try plan() }
    let plans = try plans()
    guard let plan = plans.first(where: { $0.name == sweep }) else {
      throw SweepError.unknownSweep(sweep, known: plans.map(\.name))
    }
    return plan
  }

  /// The plans of all sweeps in the folder.
  ///
  /// - Throws: ``SweepError/noSweep(folder:)``, `FormatError.damaged`.
  public func plans() throws -> [Plan] {
    let folder = path + "/plans"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".json") }
    if names.isEmpty { return [try plan()] }
    return try names.sorted().map { name in
      guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
        throw FormatError.unreadable(path: folder + "/" + name, reason: "it is gone")
      }
      return try Self.decode(data, folder + "/" + name)
    }
  }

  private static func decode(_ data: Data, _ path: String) throws -> Plan {
    do { return try JSONDecoder().decode(Plan.self, from: data) } catch {
      throw FormatError.damaged(path: path, reason: "it is not the plan of a sweep")
    }
  }

  /// Makes the folder and keeps the plan and the specification in it; those of a sweep that is only a part of the work of
  /// another do not become the latest.
  ///
  /// - Throws: ``SweepError/baseChanged(base:folder:)`` where runs of a sweep in the folder were made with another file
  ///   of the base's name; `FormatError.unwritable`.
  public func prepare(_ plan: Plan, specification text: String, isLatest: Bool = true) throws {
    if FileManager.default.fileExists(atPath: planPath) { try checkBases(of: plan) }
    do {
      for folder in ["runs", "plans", "leases"] {
        try FileManager.default.createDirectory(atPath: path + "/" + folder, withIntermediateDirectories: true)
      }
    } catch { throw FormatError.unwritable(path: path, reason: error.localizedDescription) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let json = try encoder.encode(plan)
    try AtomicFile.write(to: path + "/plans/\(Self.fileName(plan.name)).json") { try $0.write(json) }
    try AtomicFile.write(to: specificationPath(of: plan.name)) { try $0.write(Data(text.utf8)) }
    if !isLatest && FileManager.default.fileExists(atPath: planPath) { return }
    try AtomicFile.write(to: planPath) { try $0.write(json) }
    try AtomicFile.write(to: specificationPath) { try $0.write(Data(text.utf8)) }
  }

  /// A sweep's name, where it is one for a file; otherwise what tells it from others.
  static func fileName(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      byte == 0x2D || byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    }
    if isPlain, !name.isEmpty, name.utf8.count < 100 { return name }
    return "_" + name.utf8.prefix(60).map { String($0, radix: 16) }.joined() + "-\(name.utf8.count)"
  }

  /// Compares the bases of a plan with those of the sweeps in the folder.
  ///
  /// - Throws: ``SweepError/baseChanged(base:folder:)``.
  public func checkBases(of plan: Plan) throws {
    let kept = try plans().flatMap { $0.points ?? [] }
    for point in plan.points ?? [] {
      if kept.contains(where: { $0.base == point.base && $0.baseDigest != point.baseDigest }) {
        throw SweepError.baseChanged(base: point.base, folder: path)
      }
    }
  }
}
