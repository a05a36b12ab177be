import Foundation
import MTL
import TaskAffinity

/// One archive of a sweep, from which its results can be read and its runs done again: `.tar.gz` of a sweep's folder,
/// and `bundle.json`, which says what is in it.
public struct SweepBundle: Codable, Sendable {
  /// A run.
  public struct Run: Codable, Sendable {
    /// Its id.
    public var id: String
    /// For people.
    public var title: String
    /// `finished`, or why it is not in the archive.
    public var state: String
    /// SHA-256 over its adapter's factors.
    public var adapterSHA256: String?
    /// SHA-256 of what it depends on.
    public var digests: [String: String]?
    /// What its bits depend on besides.
    public var environment: [String: String]?
    /// Whether its file holds the adapter too.
    public var hasAdapter: Bool?
  }

  /// The layout.
  public var version = 1
  /// Who wrote it.
  public var program: String
  /// The sweep's name.
  public var name: String
  /// `complete: ...` or `UNFINISHED: ...`.
  public var completeness: String
  /// SHA-256 of `sweep.yaml`.
  public var specificationSHA256: String
  /// What does the sweep again.
  public var command: String
  /// The runs, in the order of the plan.
  public var runs: [Run]
  /// SHA-256 of every other file, by its path.
  public var files: [String: String]

  static let fileName = "bundle.json"
}

extension SweepFolder {
  /// Writes the latest sweep of the folder as one archive; what is missing of it is named in `bundle.json`.
  ///
  /// - Parameters:
  ///   - path: Where to.
  ///   - program: The version that is noted.
  ///   - adapters: Whether the adapters' parameters go in; without them there are their digests.
  ///   - examples: Whether the texts of the test examples go in.
  /// - Returns: What is in it.
  /// - Throws: ``SweepError``, `FormatError`, `PluginError` where gzip is missing.
  public func writeBundle(
    to path: String, program: String, adapters: Bool = false, examples: Bool = true
  ) throws -> SweepBundle {
    let plan = try plan()
    let scratch = path + "." + String(UUID().uuidString.prefix(8))
    try makeFolder(scratch)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    var files: [(name: String, content: TarArchive.Content)] = []
    func add(_ name: String, _ source: String) {
      if FileManager.default.fileExists(atPath: source) { files.append((name, .file(source))) }
    }
    add("plan.json", self.path + "/plan.json")
    add("sweep.yaml", specificationPath)
    let digests = Set(plan.runs.flatMap { ($0.evaluations ?? [:]).values }).sorted()
    for digest in digests {
      if examples { add("examples/\(digest).jsonl", examplesPath(digest)) }
      add("examples/\(digest).yaml", manifestPath(digest))
    }
    var runs: [SweepBundle.Run] = []
    for run in plan.runs {
      let title = run.seed.map { "\(run.subset) seed \($0)" } ?? "\(run.subset)"
      var entry = SweepBundle.Run(id: run.id, title: title, state: "missing")
      if FileManager.default.fileExists(atPath: runPath(run.id)) {
        do {
          var record = try RunFile.read(runPath(run.id))
          entry.state = record.isFinished && record.runID == run.id ? "finished" : "unfinished"
          if entry.state == "finished" {
            entry.adapterSHA256 = AdapterTensor.sha256(of: record.adapterTensors)
            entry.digests = record.digests
            entry.environment = record.environment
            entry.hasAdapter = adapters
            if adapters || record.adapterTensors.isEmpty {
              add("runs/\(run.id).h5", runPath(run.id))
            } else {
              record.adapterTensors = []
              try RunFile.write(record, to: "\(scratch)/\(run.id).h5")
              add("runs/\(run.id).h5", "\(scratch)/\(run.id).h5")
            }
          }
        } catch FormatError.damaged { entry.state = "damaged" }
      }
      runs.append(entry)
    }
    let finished = runs.count { $0.state == "finished" }
    var bundle = SweepBundle(
      program: program, name: plan.name,
      completeness: (finished == runs.count ? "complete" : "UNFINISHED")
        + ": \(finished) of \(runs.count) runs are finished",
      specificationSHA256: "", command: "mtl sweep run sweep.yaml --out DIR", runs: runs, files: [:])
    files.append(("README.md", .data(Data(Self.readMe(bundle).utf8))))
    for (name, content) in files {
      switch content {
      case .data(let data): bundle.files[name] = RunIdentity.digest(of: data)
      case .file(let source): bundle.files[name] = try MappedFile(path: source).sha256
      }
    }
    bundle.specificationSHA256 = bundle.files["sweep.yaml"] ?? ""
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    files.append((SweepBundle.fileName, .data(try encoder.encode(bundle))))
    files.sort { $0.name < $1.name }
    try TarArchive.write(files, to: scratch + "/bundle.tar")
    try Gzip.compress(scratch + "/bundle.tar", to: scratch + "/bundle.tar.gz")
    chmod(scratch + "/bundle.tar.gz", 0o644)
    guard rename(scratch + "/bundle.tar.gz", path) == 0 else {
      throw FormatError.unwritable(path: path, reason: String(cString: strerror(errno)))
    }
    return bundle
  }

  private static func readMe(_ bundle: SweepBundle) -> String {
    let environment = bundle.runs.compactMap(\.environment).first ?? [:]
    let facts = ["cpu", "openblas", "openblas-kernel", "bfloat16-products"].compactMap { key in
      environment[key].map { "- \(key): \($0)" }
    }
    let name = bundle.name.replacing("`", with: "'").replacing("\n", with: " ")
    return """
      # \(name)

      A sweep of mtl \(bundle.program), \(bundle.completeness). This folder is that of a sweep: every `mtl export` and
      `mtl affinity` works on it. `bundle.json` has the SHA-256 of every file, and of every run what it depends on.

      Unpacked, the whole sweep is done again with

          \(bundle.command)

      where the tasks and the base that `sweep.yaml` names are in their places; their manifests are in `examples/`. One run
      is done again and compared bit for bit with

          mtl sweep verify BUNDLE.tar.gz --run ID

      which needs the kind of machine that it was computed on:

      \(facts.joined(separator: "\n"))

      Without this program, h5py reads the results:

          import h5py
          with h5py.File("runs/ID.h5") as f:
              for task, group in f["evaluation"].items():
                  print(task, group["nll"][:].sum() / group["tokens"][:].sum())

      """
  }
}

/// The program gzip, which is everywhere.
enum Gzip {
  static func compress(_ source: String, to path: String) throws {
    try ProcessCommand(
      ["gzip", "-n", "-c", source], folder: URL(filePath: path).deletingLastPathComponent().path, timeLimit: 24 * 3600,
      outputLimit: .max >> 1
    ).run(input: nil, output: path)
  }

  /// Expands a file that may be hostile: to no more than a hundred times its size.
  static func expand(_ source: String, to path: String) throws {
    let size = try MappedFile(path: source).byteCount
    try ProcessCommand(
      ["gzip", "-d", "-c", URL(filePath: source).path], folder: URL(filePath: path).deletingLastPathComponent().path,
      timeLimit: 24 * 3600, outputLimit: (16 << 20) + 100 * size
    ).run(input: nil, output: path)
  }
}
