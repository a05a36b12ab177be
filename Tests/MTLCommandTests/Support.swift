import Foundation
import Testing

/// What a command printed and how it ended.
struct CommandResult {
  var status: Int32
  var output: String
  var errors: String
}

/// The package's folder.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized.path

/// The program beside the test bundle.
func programPath() throws -> String {
  let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
  let path = folder.appending(path: "mtl").path
  try #require(FileManager.default.isExecutableFile(atPath: path), "build the program first: swift build --product mtl")
  return path
}

/// A process that runs the program, not yet started, with pipes for its output.
func makeProcess(_ arguments: [String], through shell: String? = nil) throws -> (Process, output: Pipe, errors: Pipe) {
  let process = Process()
  if let shell {
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", shell + " exec \"$0\" \"$@\"", try programPath()] + arguments
  } else {
    process.executableURL = URL(filePath: try programPath())
    process.arguments = arguments
  }
  process.currentDirectoryURL = URL(filePath: packageFolder)
  process.standardInput = FileHandle.nullDevice
  let (output, errors) = (Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = errors
  return (process, output, errors)
}

/// Runs the program in the package's folder; `input` is its standard input, `shell` is put before it (`ulimit -f 9;`).
func mtl(_ arguments: String..., input: String? = nil, shell: String? = nil) throws -> CommandResult {
  let (process, output, errors) = try makeProcess(arguments, through: shell)
  if let input {
    let pipe = Pipe()
    process.standardInput = pipe
    pipe.fileHandleForWriting.write(Data(input.utf8))
    try pipe.fileHandleForWriting.close()
  }
  try process.run()
  // Both pipes are drained while the program runs, or it would wait for a full one.
  nonisolated(unsafe) var errorText = Data()
  let reader = Thread { errorText = errors.fileHandleForReading.readDataToEndOfFile() }
  reader.start()
  let text = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  while !reader.isFinished { usleep(500) }
  return CommandResult(
    status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
    errors: String(decoding: errorText, as: UTF8.self))
}

/// A folder that is removed afterwards.
func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
  let folder = NSTemporaryDirectory() + "/mtl-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}
