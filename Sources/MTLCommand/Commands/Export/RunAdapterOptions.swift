import ArgumentParser
import Experiments
import Foundation
import MTL

/// An adapter to export, and the base that it was made for.
struct RunAdapterOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The folder of a sweep, a run's .h5 file, or a PEFT directory.", valueName: "path"))
  var path: String

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The run of a sweep: the beginning of its id, or \"QA+IE seed 1\".", valueName: "id"))
  var run: String?

  @Option(
    help: ArgumentHelp(
      "The base: a GGUF file, a Hugging Face directory, or smollm2-135m. (default: the sweep's)", valueName: "path"))
  var base: String?

  /// An adapter with its base.
  struct Loaded {
    var adapter: Adapter
    var source: ModelSource
    /// The base as it was named.
    var baseName: String
    /// For people.
    var title: String
  }

  func load() throws -> Loaded {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw InputError(description: "there is nothing at \(path)")
    }
    if isDirectory.boolValue, FileManager.default.fileExists(atPath: path + "/adapter_config.json") {
      let (source, name) = try openBase(nil)
      return Loaded(
        adapter: try Adapter.load(path: path, configuration: source.configuration), source: source, baseName: name,
        title: URL(filePath: path).lastPathComponent)
    }
    var (file, folder, title) = (path, SweepFolder(path), URL(filePath: path).lastPathComponent)
    if isDirectory.boolValue {
      guard let run else {
        throw InputError(description: "name a run with --run; `mtl sweep status \(path)` lists them")
      }
      let found = try folder.run(named: run)
      title = found.seed.map { "\(found.subset) seed \($0)" } ?? "\(found.subset)"
      if found.subset.isBase { throw InputError(description: "\(run) is the base, which has no adapter") }
      file = folder.runPath(found.id)
    } else {
      // A run's file lies in the folder `runs` of its sweep.
      folder = SweepFolder(URL(filePath: path).deletingLastPathComponent().deletingLastPathComponent().path)
    }
    let (summary, lora, tensors) = try RunFile.readAdapter(file)
    if tensors.isEmpty { throw InputError(description: "\(file) has no adapter") }
    let point = (try? folder.plan())?.points?.first { $0.baseDigest == summary.digests["base"] }
    let (source, name) = try openBase(point?.base)
    if let digest = summary.digests["base"], digest != source.sha256 {
      throw InputError(
        description: "\(file) was made with another base than \(name) (SHA-256 \(digest.prefix(12))...); give --base")
    }
    return Loaded(
      adapter: try Adapter(tensors, settings: lora, configuration: source.configuration, path: file), source: source,
      baseName: name, title: title)
  }

  private func openBase(_ recorded: String?) throws -> (ModelSource, String) {
    guard let name = base ?? recorded else {
      throw InputError(description: "\(path) does not say which base it is for; give --base")
    }
    return (try ModelSource.open(path: try locateBase(name)), name)
  }
}
