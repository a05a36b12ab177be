import Foundation
import Yams

/// Finds the tasks that paths name.
public enum TaskCatalogue {
  /// The tasks of manifests, of suites, and of folders of manifests (`*.yaml`), in the order of the paths and of the
  /// files' names; a manifest that is named more than once counts once.
  ///
  /// - Throws: ``ConfigurationError`` with the mistakes of all manifests, ``TaskError`` for no or duplicate tasks.
  public static func load(
    _ paths: [String], settings: ManifestSettings = ManifestSettings()
  ) throws -> [any InstructionTask] {
    let (tasks, mistakes) = try read(paths, settings: settings)
    if !mistakes.isEmpty { throw ConfigurationError(mistakes) }
    if tasks.isEmpty { throw TaskError.noTasks(path: paths.joined(separator: ", ")) }
    var names: Set<String> = []
    for task in tasks where !names.insert(task.name).inserted { throw TaskError.duplicateTask(name: task.name) }
    return tasks
  }

  /// The tasks that can be read, and the mistakes of the manifests that cannot.
  ///
  /// - Throws: ``TaskError`` for a path without tasks.
  public static func read(
    _ paths: [String], settings: ManifestSettings = ManifestSettings()
  ) throws -> (tasks: [any InstructionTask], mistakes: [ConfigurationMistake]) {
    var tasks: [any InstructionTask] = []
    var mistakes: [ConfigurationMistake] = []
    for manifest in try manifests(of: paths, &mistakes) {
      do { tasks.append(try ManifestTask(manifest: manifest, settings: settings)) } catch let error
        as ConfigurationError
      {
        mistakes += error.mistakes
      }
    }
    return (tasks, mistakes)
  }

  private static func manifests(of paths: [String], _ mistakes: inout [ConfigurationMistake]) throws -> [String] {
    var found: [String] = []
    var seen: Set<String> = []
    for path in paths {
      for file in try files(path) {
        for manifest in try TaskSuite.read(file, &mistakes)?.tasks.flatMap(files) ?? [file]
        where seen.insert(URL(filePath: manifest).standardizedFileURL.path).inserted {
          found.append(manifest)
        }
      }
    }
    return found
  }

  private static func files(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw TaskError.noTasks(path: path)
    }
    if !isFolder.boolValue { return [path] }
    let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".yaml") }.sorted()
    if files.isEmpty { throw TaskError.noTasks(path: path) }
    return files.map { path + "/" + $0 }
  }
}

/// A file that names tasks: `suite: name` and `tasks: [paths]`, relative to itself.
struct TaskSuite {
  var name: String
  /// Paths of manifests and folders.
  var tasks: [String]

  /// The suite in a file; nil where the file is something else, whose mistakes its own reader reports.
  static func read(_ path: String, _ mistakes: inout [ConfigurationMistake]) throws -> TaskSuite? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let top = try? YAMLSection(text: text, file: path), top.has("suite")
    else { return nil }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let name = top.requiredString("suite") ?? ""
    _ = top.node("description")
    var tasks: [String] = []
    if !top.has("tasks") {
      top.mistakes.add("`tasks` is missing: the manifests and folders of the suite", line: top.line)
    }
    for task in top.strings("tasks") ?? [] {
      let file = URL(filePath: task.hasPrefix("/") ? task : folder + "/" + task).standardizedFileURL.path
      if FileManager.default.fileExists(atPath: file) {
        tasks.append(file)
      } else {
        top.mistake("tasks", "names \(task), which is not there")
      }
    }
    top.finish()
    mistakes += top.mistakes.all
    return TaskSuite(name: name, tasks: tasks)
  }
}
