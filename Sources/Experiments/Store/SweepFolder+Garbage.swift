import Foundation
import MTL

/// A file that no sweep of a folder needs.
public struct GarbageFile: Codable, Sendable, Hashable {
  /// Where it is.
  public var path: String
  /// Its size.
  public var bytes: Int
  /// Why it is not needed, a few words.
  public var reason: String
}

extension SweepFolder {
  /// Files of runs that belong to no sweep of the folder, what damaged files were renamed to, and what is left of writing
  /// that was cut short. Nothing of a run that a process holds is among them.
  ///
  /// - Throws: ``SweepError/noSweep(folder:)``, `FormatError`.
  public func garbage() throws -> [GarbageFile] {
    let needed = Set(try plans().flatMap { $0.runs.map(\.id) })
    let leases = LeaseFolder(leasesPath)
    let runs = path + "/runs"
    var found: [GarbageFile] = []
    func add(_ file: String, _ reason: String) {
      let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? nil
      found.append(GarbageFile(path: file, bytes: size ?? 0, reason: reason))
    }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: runs).sorted()) ?? [] {
      let id = String(name.prefix { $0 != "." })
      if leases.holder(of: id) != nil { continue }
      let file = runs + "/" + name
      if name.contains(".damaged") {
        add(file, "damaged")
      } else if name.hasSuffix(".tmp") {
        add(file, "writing that was cut short")
      } else if !needed.contains(id) {
        add(file, "no sweep needs it")
      } else if name.hasSuffix(".checkpoint"), FileManager.default.fileExists(atPath: runPath(id)) {
        add(file, "its run is finished")
      }
    }
    for id in (try? FileManager.default.contentsOfDirectory(atPath: leasesPath).sorted()) ?? []
    where leases.holder(of: id) == nil {
      let folder = leasesPath + "/" + id
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? []
      where !needed.contains(id) || FileManager.default.fileExists(atPath: runPath(id)) {
        add(folder + "/" + name, "a lease that nobody holds")
      }
    }
    let kept = Set(try plans().flatMap { $0.runs.flatMap { ($0.evaluations ?? [:]).values } })
    let examples = path + "/examples"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: examples).sorted()) ?? []
    where !kept.contains(String(name.prefix { $0 != "." })) {
      add(examples + "/" + name, "no sweep needs it")
    }
    let over = SlurmWave.all(in: self).filter { wave in
      wave.ids.allSatisfy { !needed.contains($0) || FileManager.default.fileExists(atPath: runPath($0)) }
    }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: slurmPath).sorted()) ?? []
    where over.contains(where: { name.hasPrefix($0.token) }) {
      add(slurmPath + "/" + name, "a job array whose runs are finished")
    }
    return found
  }

  /// Removes files that ``garbage()`` has found.
  ///
  /// - Throws: `FormatError.unwritable`.
  public func remove(_ files: [GarbageFile]) throws {
    for file in files where unlink(file.path) != 0 && errno != ENOENT {
      throw FormatError.unwritable(path: file.path, reason: String(cString: strerror(errno)))
    }
    for id in (try? FileManager.default.contentsOfDirectory(atPath: leasesPath)) ?? [] {
      // Only empty ones go away.
      rmdir(leasesPath + "/" + id)
    }
  }
}
