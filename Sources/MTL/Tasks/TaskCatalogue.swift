import Foundation

/// Finds the tasks that paths name.
public enum TaskCatalogue {
  /// The tasks of manifests and of folders of manifests (`*.yaml`), in the order of the paths and of the files' names.
  ///
  /// - Throws: ``ConfigurationError`` with the mistakes of all manifests, ``TaskError`` for no or duplicate tasks.
  public static func load(_ paths: [String]) throws -> [any InstructionTask] {
    var tasks: [any InstructionTask] = []
    var mistakes: [ConfigurationMistake] = []
    for manifest in try paths.flatMap(manifests) {
      do { tasks.append(try ManifestTask(manifest: manifest)) } catch let error as ConfigurationError {
        mistakes += error.mistakes
      }
    }
    if !mistakes.isEmpty { throw ConfigurationError(mistakes) }
    var names: Set<String> = []
    for task in tasks where !names.insert(task.name).inserted { throw TaskError.duplicateTask(name: task.name) }
    return tasks
  }

  private static func manifests(_ path: String) throws -> [String] {
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
