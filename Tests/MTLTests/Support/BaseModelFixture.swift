import Foundation
import MTL

/// The base model that `script/setup` fetches: SmolLM2-135M-Instruct, Q4_1.
enum BaseModelFixture {
  struct Missing: Error, CustomStringConvertible {
    let path: String
    var description: String { "the base model is not at \(path): run script/setup, which fetches it once" }
  }

  /// The GGUF file's path.
  static func path() throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["MTL_CACHE"] ?? NSHomeDirectory() + "/.cache/mtl"
    let path = cache + "/smollm2-135m.gguf"
    guard FileManager.default.fileExists(atPath: path) else { throw Missing(path: path) }
    return path
  }

  private static let opened = Result { try ModelSource.open(path: path()) }

  /// The model, opened once for all tests.
  static func source() throws -> ModelSource { try opened.get() }
}
