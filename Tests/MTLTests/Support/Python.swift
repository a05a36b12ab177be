import Foundation
import Testing

/// Pythons that tests may find: `$MTL_TEST_PYTHON`, that of benchmarks/peers, and the system's.
enum Python {
  private static let candidates = [
    ProcessInfo.processInfo.environment["MTL_TEST_PYTHON"], NSHomeDirectory() + "/.cache/mtl/peers/bin/python",
    "/usr/bin/python3",
  ].compactMap(\.self).filter { FileManager.default.isExecutableFile(atPath: $0) }

  /// The first that has a package.
  static func with(_ package: String) -> String? {
    candidates.first { python in
      (try? run(
        "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]) is not None)", python: python,
        [package])) == "True\n"
    }
  }

  /// What a program prints.
  static func run(_ program: String, python: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = ["-c", program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["HF_HUB_OFFLINE": "1"]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(python) failed")
    return String(decoding: data, as: UTF8.self)
  }
}
