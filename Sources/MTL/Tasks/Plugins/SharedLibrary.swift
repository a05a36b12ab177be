import CPlugin
import Foundation

/// A loaded shared library of tasks, by the interface of mtl_plugin.h.
///
/// It stays loaded until the program ends, because tasks may be anywhere. Sendable because the library's functions are
/// called under a lock.
public final class SharedLibrary: @unchecked Sendable {
  /// Where it was loaded from.
  public let path: String
  private let lock = NSLock()
  private let records: UnsafeBufferPointer<mtl_task>

  private static let mostTasks = 10_000

  /// Loads a library and checks what it says about itself.
  ///
  /// - Throws: ``PluginError``.
  public init(path: String) throws {
    self.path = path
    // A bare name would be searched for in the system's folders.
    let file = URL(filePath: path).standardizedFileURL.path
    guard FileManager.default.fileExists(atPath: file) else {
      throw PluginError.libraryNotLoaded(path: path, reason: "there is no such file")
    }
    guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
      throw PluginError.libraryNotLoaded(path: path, reason: dlerror().map { String(cString: $0) } ?? "unknown reason")
    }
    guard let symbol = dlsym(handle, "mtl_plugin_entry") else {
      throw PluginError.libraryNotLoaded(path: path, reason: "it has no function mtl_plugin_entry; see mtl_plugin.h")
    }
    typealias Entry = @convention(c) () -> UnsafePointer<mtl_plugin>?
    guard let plugin = unsafeBitCast(symbol, to: Entry.self)() else {
      throw PluginError.libraryDamaged(path: path, reason: "mtl_plugin_entry gave NULL")
    }
    // Nothing but the version may be read before it is known to be ours.
    let version = UnsafeRawPointer(plugin).load(as: UInt32.self)
    let supported = UInt32(MTL_PLUGIN_ABI_VERSION)
    guard version == supported else {
      throw PluginError.libraryVersion(path: path, found: version, supported: supported)
    }
    let count = Int(plugin.pointee.task_count)
    guard count > 0, count <= Self.mostTasks else {
      throw PluginError.libraryDamaged(path: path, reason: "task_count is \(count), not 1 to \(Self.mostTasks)")
    }
    guard let tasks = plugin.pointee.tasks else {
      throw PluginError.libraryDamaged(path: path, reason: "tasks is NULL")
    }
    records = UnsafeBufferPointer(start: tasks, count: count)
  }

  /// The tasks it has.
  ///
  /// - Throws: ``PluginError``.
  public var tasks: [SharedLibraryTask] {
    get throws { try records.indices.map { try SharedLibraryTask(self, number: $0) } }
  }

  /// Calls the library: one caller at a time.
  func call<Result>(_ number: Int, _ body: (UnsafePointer<mtl_task>) throws -> Result) throws -> Result {
    lock.lock()
    defer { lock.unlock() }
    guard let first = records.baseAddress else { throw PluginError.libraryDamaged(path: path, reason: "tasks is NULL") }
    return try body(first + number)
  }

  /// A text that has to be there.
  func text(_ pointer: UnsafePointer<CChar>?, _ field: String) throws -> String {
    guard let pointer else { throw PluginError.libraryDamaged(path: path, reason: "\(field) is NULL") }
    guard let text = String(validatingCString: pointer) else {
      throw PluginError.libraryDamaged(path: path, reason: "\(field) is not UTF-8 text")
    }
    return text
  }
}
