import ArgumentParser
import Foundation
import MTL

/// What manifests may do, and tasks that need none.
struct SourceOptions: ParsableArguments {
  @Flag(help: "Let manifests read outside of their own folder and the data folder.")
  var allowOutside = false

  @Flag(help: "Pass over broken rows instead of stopping at the first.")
  var skipBadRows = false

  @Flag(help: "Let manifests run the commands that they name: only for manifests that you have read.")
  var allowProcess = false

  @Option(help: ArgumentHelp("A shared library of tasks; may be given several times.", valueName: "path"))
  var plugin: [String] = []

  /// The tasks of manifests, suites and folders, and those of the plugins.
  func load(_ paths: [String], dataFolder: String? = nil) throws -> [any InstructionTask] {
    // With plugins there may be no manifests.
    let settings = settings(dataFolder: dataFolder)
    let described = paths.isEmpty && !plugin.isEmpty ? [] : try TaskCatalogue.load(paths, settings: settings)
    return try plugged().tasks(with: described)
  }

  /// The plugins' tasks.
  func plugged() throws -> TaskRegistry {
    var registry = TaskRegistry()
    for path in plugin { try registry.register(plugin: path) }
    return registry
  }

  /// Settings with a data folder, or that of the environment.
  func settings(dataFolder: String?) -> ManifestSettings {
    let folder = dataFolder ?? ProcessInfo.processInfo.environment["MTL_DATA"]
    return ManifestSettings(
      dataFolder: folder.flatMap { $0.isEmpty ? nil : $0 }, allowOutside: allowOutside, skipBadRows: skipBadRows,
      allowProcess: allowProcess)
  }
}

/// Where tasks find their data, and what they may read.
struct DataOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder behind data: in manifests. (default: $MTL_DATA)", valueName: "folder"))
  var data: String?

  @OptionGroup var sources: SourceOptions

  /// The tasks of manifests, suites and folders, and those of the plugins.
  func load(_ paths: [String]) throws -> [any InstructionTask] { try sources.load(paths, dataFolder: data) }

  var settings: ManifestSettings { sources.settings(dataFolder: data) }
}

/// Tasks that a command works with.
struct TaskPaths: ParsableArguments {
  @Argument(help: ArgumentHelp("Manifests, suites, or folders of manifests.", valueName: "paths"))
  var paths: [String] = []

  @OptionGroup var data: DataOptions

  func validate() throws {
    if paths.isEmpty, data.sources.plugin.isEmpty {
      throw ValidationError("name a manifest, a suite or a folder of manifests, or a --plugin")
    }
  }

  func load() throws -> [any InstructionTask] { try data.load(paths) }
}
