import Foundation
import MTL

/// Why a run failed, once.
public struct RunFailure: Codable, Sendable, Hashable {
  /// The reason, a sentence.
  public var reason: String
  /// Where.
  public var host: String
}

extension SweepFolder {
  /// Prefix of the digests that a run keeps of its evaluations.
  static let evaluationPrefix = "evaluation "

  /// Whether a run is finished and scored as `evaluations` (task to digest) have it.
  ///
  /// - Throws: `FormatError` for a file that is damaged or cannot be read.
  public func isFinished(_ id: String, evaluations: [String: String]) throws -> Bool {
    guard FileManager.default.fileExists(atPath: runPath(id)) else { return false }
    let (summary, scored) = try RunFile.readEvaluation(runPath(id))
    guard summary.runID == id else {
      throw FormatError.damaged(path: runPath(id), reason: "it holds the run \(summary.runID.prefix(12))")
    }
    return summary.isFinished
      && evaluations.allSatisfy { task, digest in
        summary.digests[Self.evaluationPrefix + task] == digest && scored.contains { $0.task == task }
      }
  }

  /// Renames a damaged file, so that it is kept but not used.
  ///
  /// - Returns: the new name; nil where the file was gone.
  /// - Throws: `FormatError.unwritable`.
  func setAside(_ file: String) throws -> String? {
    for number in 1... {
      let target = file + (number == 1 ? ".damaged" : ".damaged-\(number)")
      if FileManager.default.fileExists(atPath: target) { continue }
      if rename(file, target) == 0 { return target }
      if errno == ENOENT { return nil }
      throw FormatError.unwritable(path: target, reason: String(cString: strerror(errno)))
    }
    return nil
  }

  /// Why a run failed so far, the latest last.
  public func failures(of id: String) -> [RunFailure] {
    guard let data = FileManager.default.contents(atPath: failuresPath(id)) else { return [] }
    return (try? JSONDecoder().decode([RunFailure].self, from: data)) ?? []
  }

  /// Keeps the reason of one more failure. Where the disk is full it is lost.
  func add(_ reason: String, to id: String) {
    let all = (failures(of: id) + [RunFailure(reason: reason, host: ProcessInfo.processInfo.hostName)]).suffix(100)
    guard let json = try? RunIdentity.canonicalJSON(Array(all)) else { return }
    try? AtomicFile.write(to: failuresPath(id)) { try $0.write(Data(json.utf8)) }
  }
}
