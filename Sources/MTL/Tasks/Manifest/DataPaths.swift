import Foundation

/// Finds the files that a manifest names, and keeps it within the folders it may read.
struct DataPaths {
  let manifest: String
  let settings: ManifestSettings

  private var folder: String { URL(filePath: manifest).deletingLastPathComponent().path }

  /// Why a path cannot be used, to follow the key's name in a sentence.
  struct Refusal: Error {
    var message: String
  }

  /// The files behind `data:x`, `${MTL_DATA}/x`, a relative or an absolute path; `*` and `?` stand for names of files
  /// and folders, and matches are sorted.
  func files(_ text: String) throws(Refusal) -> [String] {
    var path = text
    var isData = false
    for prefix in ["data:", "${MTL_DATA}/", "$MTL_DATA/"] where path.hasPrefix(prefix) {
      path = String(path.dropFirst(prefix.count))
      isData = true
      break
    }
    if isData {
      guard let data = settings.dataFolder else {
        throw Refusal(message: "names \(text), but no data folder is known; set MTL_DATA")
      }
      path = data + "/" + path
    } else if !path.hasPrefix("/") {
      path = folder + "/" + path
    }
    let found = path.contains(where: { "*?".contains($0) }) ? Self.matches(path) : [path]
    if found.isEmpty { throw Refusal(message: "names \(text), which no file matches") }
    for file in found {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
        throw Refusal(message: "names \(text), which is not there\(nearest(file))")
      }
      if isFolder.boolValue {
        throw Refusal(message: "names \(text), which is a folder; name its files, such as \(text)/*")
      }
      if !settings.allowOutside, !isInside(file) {
        throw Refusal(
          message: "names \(text), outside the manifest's folder and the data folder; copy the data or set MTL_DATA")
      }
    }
    return found
  }

  /// Whether a file, after all links, is below a folder that may be read.
  private func isInside(_ file: String) -> Bool {
    guard let real = Self.real(file) else { return false }
    return [folder, settings.dataFolder].compactMap { $0.flatMap(Self.real) }.contains { root in
      real.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    }
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private func nearest(_ file: String) -> String {
    let url = URL(filePath: file)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)) ?? []
    return nearestWord(to: url.lastPathComponent, among: names.sorted()).map { "; did you mean \($0)?" } ?? ""
  }

  /// Paths that a pattern matches, component by component.
  private static func matches(_ pattern: String) -> [String] {
    var found = ["/"]
    for component in pattern.split(separator: "/") {
      guard component.contains(where: { "*?".contains($0) }) else {
        found = found.map { $0 == "/" ? "/" + component : $0 + "/" + component }
        continue
      }
      found = found.flatMap { folder in
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
          .filter { fnmatch(String(component), $0, FNM_PERIOD) == 0 }
          .map { folder == "/" ? "/" + $0 : folder + "/" + $0 }
      }
    }
    return found.filter { FileManager.default.fileExists(atPath: $0) }
  }
}
