import Foundation
import Testing

/// The package's folder.
let repositoryFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
  .path

/// Runs a program to its end: its status and what it printed, standard error included.
func runProgram(_ arguments: [String]) throws -> (status: Int32, text: String) {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

/// Compiles a C file to a shared library.
func compilePlugin(_ source: String, to library: String, defining macros: [String] = []) throws {
  let result = try runProgram(
    ["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-I", repositoryFolder + "/Sources/CPlugin/include"]
      + macros.map { "-D" + $0 } + [source, "-o", library])
  try #require(result.status == 0, "\(result.text)")
}

/// What an error says, or "nothing".
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "nothing"
  } catch { return "\(error)" }
}
