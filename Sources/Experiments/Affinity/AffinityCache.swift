import Foundation
import MTL
import TaskAffinity

/// What estimators have computed, as HDF5 files in a sweep's folder, named by the digest of all that they depend on.
struct AffinityCache: Sendable {
  /// The folder `affinity` of a sweep.
  let folder: String
  /// What everything depends on besides: data that is scored, processor and kernels.
  let common: [String: String]

  /// The path of something.
  func key(_ kind: String, _ parts: [String: String]) throws -> String {
    let digest = try RunIdentity.id(settings: parts, digests: common)
    return "\(folder)/\(kind)-\(digest.prefix(24)).h5"
  }

  /// What is kept at a path; nil where nothing is. A damaged file counts as nothing, since it can be computed again.
  func read<T>(_ path: String, _ body: (HDF5File) throws -> T) throws -> T? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do { return try body(try HDF5File(readingFrom: path)) } catch is FormatError {
      try? FileManager.default.removeItem(atPath: path)
      return nil
    }
  }

  /// Keeps something; it appears whole.
  func write(_ path: String, _ body: (HDF5File) throws -> Void) throws {
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw FormatError.unwritable(path: folder, reason: error.localizedDescription)
    }
    try HDF5File.writeAtomically(to: path, body)
  }

  /// A matrix [n, n] with unknown entries, and what it cost.
  func pairs(
    _ path: String, name: String, count: Int, compute: () throws -> PairAffinityEstimator
  ) throws -> PairAffinityEstimator {
    let kept = try read(path) { file -> PairAffinityEstimator in
      let values = try file.read("/affinity", as: Double.self, shape: [count, count]).values
      let cost = try file.readText("/cost")
      guard let decoded = try? JSONDecoder().decode(EstimatorCost.self, from: Data(cost.utf8)) else {
        throw FormatError.damaged(path: path, reason: "its cost is not readable")
      }
      let rows = (0..<count).map { i in
        (0..<count).map { j in values[i * count + j].isFinite ? values[i * count + j] : nil }
      }
      return PairAffinityEstimator(name: name, affinity: rows, cost: decoded)
    }
    if let kept { return kept }
    let start = Machine.processorSeconds
    let computed = try compute()
    var cost = computed.cost
    cost.seconds = (cost.seconds ?? 0) + Machine.processorSeconds - start
    let result = computed.with(name: name, cost: cost)
    try write(path) { file in
      try file.write(result.affinity.flatMap { $0.map { $0 ?? .nan } }, shape: [count, count], to: "/affinity")
      try file.write(try RunIdentity.canonicalJSON(cost), to: "/cost")
    }
    return result
  }

  /// Scores of subsets, one a task, that are kept at a path; none where nothing is.
  func scores(_ path: String, tasks: Int) throws -> [Subset: [Double]] {
    let kept = try read(path) { file -> [Subset: [Double]] in
      guard let subsets = try? JSONDecoder().decode([Subset].self, from: Data(file.readText("/subsets").utf8)) else {
        throw FormatError.damaged(path: path, reason: "its subsets are not readable")
      }
      let values = try file.read("/scores", as: Double.self, shape: [subsets.count, tasks]).values
      return Dictionary(
        subsets.enumerated().map { ($1, Array(values[$0 * tasks..<($0 + 1) * tasks])) }, uniquingKeysWith: { $1 })
    }
    return kept ?? [:]
  }

  /// Keeps scores of subsets.
  func write(_ scores: [Subset: [Double]], to path: String) throws {
    let sorted = scores.sorted { $0.key < $1.key }
    try write(path) { file in
      try file.write(try RunIdentity.canonicalJSON(sorted.map(\.key)), to: "/subsets")
      try file.write(
        sorted.flatMap(\.value), shape: [sorted.count, sorted.first?.value.count ?? 0], to: "/scores")
    }
  }

  /// A Gram matrix, and the processor seconds it took.
  func gram(_ path: String, compute: () throws -> GradientGram) throws -> (GradientGram, seconds: Double) {
    let kept = try read(path) { file -> (GradientGram, Double) in
      guard let rows = try? JSONDecoder().decode([GradientRow].self, from: Data(file.readText("/rows").utf8)) else {
        throw FormatError.damaged(path: path, reason: "its rows are not readable")
      }
      let values = try file.read("/gram", as: Float.self, shape: [rows.count, rows.count]).values
      return (try GradientGram(rows: rows, values: values), try file.double(attribute: "processor-seconds"))
    }
    if let kept { return kept }
    let start = Machine.processorSeconds
    let gram = try compute()
    let seconds = Machine.processorSeconds - start
    try write(path) { file in
      try file.write(try RunIdentity.canonicalJSON(gram.rows), to: "/rows")
      try file.write(gram.values, shape: [gram.rows.count, gram.rows.count], to: "/gram")
      try file.setAttribute("processor-seconds", .double(seconds))
    }
    return (gram, seconds)
  }
}

/// What is told while affinities are estimated.
public enum AffinityEvent: Sendable {
  /// A step of something that has a known number of them.
  case step(String, Int, of: Int)
  /// Something begins.
  case begins(String)
}
