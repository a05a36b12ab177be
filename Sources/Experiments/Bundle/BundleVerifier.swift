import Foundation
import MTL
import TaskAffinity

/// Why a bundle cannot be verified, or what differs.
public enum BundleError: Error, Sendable, Equatable {
  /// Its files are not those that it says.
  case damaged(path: String, reason: String)
  /// It has no such finished run.
  case noRun(String)
  /// The files here make another run.
  case otherInputs(run: String, differing: [String])
  /// The run's bits depend on another machine.
  case otherMachine(run: String, what: String, there: String, here: String)
}

extension BundleError: CustomStringConvertible, LocalizedError {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .damaged(let path, let reason): "the bundle \(path) is damaged: \(reason); fetch it again"
    case .noRun(let name): "the bundle has no finished run \(name); `mtl sweep verify` without --run lists them"
    case .otherInputs(let run, let differing):
      "\(run) cannot be done again with what is here: \(differing.joined(separator: ", ")) is not what it was; run this "
        + "where the specification's base and tasks are, or name them: base=PATH tasks=[PATH, ...]"
    case .otherMachine(let run, let what, let there, let here):
      "\(run) was computed with \(what) \(there), and this is \(here), so its bits would not be the same; verify it on "
        + "such a machine"
    }
  }

  /// The same sentence, for code that prints `localizedDescription`.
  public var errorDescription: String? { description }
}

/// An unpacked bundle.
public struct UnpackedBundle: Sendable {
  /// What is in it.
  public let bundle: SweepBundle
  /// Its folder, which is one of a sweep.
  public let folder: SweepFolder

  /// Unpacks a bundle into `folder`, which must not be there, and compares every file with its digest.
  ///
  /// - Throws: ``BundleError/damaged(path:reason:)``, `FormatError`, `PluginError`.
  public init(_ path: String, to folder: String) throws {
    let tar = folder + ".tar"
    try Gzip.expand(path, to: tar)
    defer { unlink(tar) }
    let names = try TarArchive.extract(tar, to: folder)
    func damaged(_ reason: String) -> BundleError { .damaged(path: path, reason: reason) }
    let data = try MappedFile.contents(of: folder + "/" + SweepBundle.fileName, limit: 1 << 28)
    guard let bundle = try? JSONDecoder().decode(SweepBundle.self, from: data), bundle.version == 1 else {
      throw damaged("\(SweepBundle.fileName) is not one, or of a later version")
    }
    let unknown = Set(names).symmetricDifference(Set(bundle.files.keys).union([SweepBundle.fileName]))
    if let name = unknown.min() { throw damaged("\(name) is missing or was added") }
    for (name, digest) in bundle.files.sorted(by: { $0.key < $1.key })
    where try MappedFile(path: folder + "/" + name).sha256 != digest {
      throw damaged("\(name) has another SHA-256")
    }
    self.bundle = bundle
    self.folder = SweepFolder(folder)
  }

  /// A finished run of it, by the beginning of its id or its title.
  ///
  /// - Throws: ``BundleError/noRun(_:)``.
  public func run(_ name: String) throws -> SweepBundle.Run {
    let found = bundle.runs.filter { $0.title == name || (name.utf8.count >= 4 && $0.id.hasPrefix(name)) }
    guard found.count == 1, let run = found.first, run.state == "finished" else { throw BundleError.noRun(name) }
    return run
  }

  /// Checks that a run can be done again here with the same bits.
  ///
  /// - Throws: ``BundleError/otherMachine(run:what:there:here:)``, ``BundleError/otherInputs(run:differing:)``.
  public func check(_ run: SweepBundle.Run, in sweep: Sweep) throws {
    let environment = Environment.current
    for (name, here) in environment.sorted(by: { $0.key < $1.key }) {
      if let there = run.environment?[name], there != here {
        throw BundleError.otherMachine(run: run.title, what: name, there: there, here: here)
      }
    }
    let same = sweep.runs.first { $0.id == run.id }
    let planned = same ?? sweep.runs.first { $0.planned.title == run.title }
    var differing: [String] = []
    let digests = (planned?.planned.digests ?? [:]).merging(
      (planned?.evaluations ?? [:]).map { (SweepFolder.evaluationPrefix + $0.key, $0.value) }
    ) { first, _ in first }
    for (name, digest) in (run.digests ?? [:]).sorted(by: { $0.key < $1.key }) where digests[name] != digest {
      differing.append(name)
    }
    if same == nil, differing.isEmpty { differing = ["the specification"] }
    if !differing.isEmpty { throw BundleError.otherInputs(run: run.title, differing: differing) }
  }

  /// What differs between a run of the bundle and the same run done again; empty where they are the same bit for bit.
  ///
  /// - Throws: `FormatError`.
  public func differences(_ run: SweepBundle.Run, from again: SweepFolder) throws -> [String] {
    let (here, there) = (try RunFile.read(again.runPath(run.id)), try RunFile.read(folder.runPath(run.id)))
    var result: [String] = []
    if AdapterTensor.sha256(of: here.adapterTensors) != run.adapterSHA256 { result.append("the adapter") }
    if here.history.map(\.loss) != there.history.map(\.loss) { result.append("the training losses") }
    if here.history.map(\.gradNorm) != there.history.map(\.gradNorm) { result.append("the gradient norms") }
    let tasks = Dictionary(here.evaluation.map { ($0.task, $0) }, uniquingKeysWith: { first, _ in first })
    for task in there.evaluation {
      guard let other = tasks[task.task] else {
        result.append("the scores of \(task.task), which are missing")
        continue
      }
      if other.nll != task.nll { result.append("the likelihoods of \(task.task)") }
      if other.predictions != task.predictions { result.append("the answers to \(task.task)") }
      if other != task, other.nll == task.nll, other.predictions == task.predictions {
        result.append("the scores of \(task.task)")
      }
    }
    return result
  }
}
