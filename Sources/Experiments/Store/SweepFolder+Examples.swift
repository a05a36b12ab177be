import Foundation
import MTL

/// A test example as people read it: what runs are scored on, kept once for all runs.
public struct KeptExample: Codable, Sendable, Hashable {
  /// Its name, as in the run files.
  public var id: String
  /// The user's message, before the chat template.
  public var prompt: String
  /// The expected answer.
  public var reference: String
  /// The answers to choose among; nil unless the task is multiple choice.
  public var choices: [String]?

  /// An example of these parts.
  public init(id: String, prompt: String, reference: String, choices: [String]? = nil) {
    self.id = id
    self.prompt = prompt
    self.reference = reference
    self.choices = choices
  }
}

extension SweepFolder {
  /// Where the test examples of an evaluation are kept, by the digest that runs keep of it.
  public func examplesPath(_ digest: String) -> String { path + "/examples/" + digest + ".jsonl" }

  /// Where the manifest of a task is kept, by the digest that runs keep of its evaluation.
  public func manifestPath(_ digest: String) -> String { path + "/examples/" + digest + ".yaml" }

  /// Keeps the test examples of a sweep, once an evaluation set, and the manifests of its tasks; what is there stays.
  ///
  /// - Throws: `FormatError.unwritable`, `EncodingError`.
  public func keepExamples(of sweep: Sweep) throws {
    try makeFolder(path + "/examples")
    for point in sweep.points {
      let digests = Dictionary(uniqueKeysWithValues: try point.plan.evaluationDigests().map { ($0.task, $0.digest) })
      for set in point.data.evaluationSets {
        guard let digest = digests[set.task.name] else { continue }
        let task = (set.task as? ExcludingTask)?.base ?? set.task
        if let manifest = task as? ManifestTask, !FileManager.default.fileExists(atPath: manifestPath(digest)) {
          try writeText(manifest.manifestText, to: manifestPath(digest))
        }
        let path = examplesPath(digest)
        if FileManager.default.fileExists(atPath: path) { continue }
        let lines = try set.examples.map { example in
          try RunIdentity.canonicalJSON(
            KeptExample(
              id: example.id, prompt: example.prompt, reference: example.target,
              choices: example.choices.isEmpty ? nil : example.choices)) + "\n"
        }
        try writeText(lines.joined(), to: path)
      }
    }
  }

  /// The kept examples of an evaluation; empty where there are none or the file is damaged, as in sweeps of earlier
  /// programs.
  public func examples(_ digest: String) -> [KeptExample] {
    // A digest comes from a file and becomes part of a path.
    guard digest.utf8.count == 64, digest.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let data = FileManager.default.contents(atPath: examplesPath(digest))
    else { return [] }
    return (try? data.split(separator: 0x0A).map { try JSONDecoder().decode(KeptExample.self, from: $0) }) ?? []
  }
}
