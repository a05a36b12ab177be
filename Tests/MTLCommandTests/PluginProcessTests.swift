import Foundation
import Testing

/// Commands that manifests name, when the program ends before them.
@Suite struct PluginProcessTests {
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalEndsThePluginsProcessesToo(_ signal: Int32) throws {
    try withFolder { folder in
      try """
      task: slow
      category: SLOW
      source: {format: process, command: [sh, -c, "sleep 300 & echo $$ > \(folder)/number; wait"]}
      output_type: generate_until
      doc_to_text: "{{text}}"
      doc_to_target: text
      """.write(toFile: folder + "/slow.yaml", atomically: true, encoding: .utf8)
      let (process, _, errors) = try makeProcess(["tasks", "validate", folder + "/slow.yaml", "--allow-process"])
      try process.run()
      var number: Int32?
      while number == nil, process.isRunning {
        number = (try? String(contentsOfFile: folder + "/number", encoding: .utf8)).flatMap {
          Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        usleep(1000)
      }
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      let said = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
      // Another thread may be faster to see that its command is gone.
      #expect(process.terminationStatus == signal || process.terminationStatus == 1, "\(said)")
      let group = try #require(number, "\(said)")
      let start = ContinuousClock.now
      while isAlive(group), ContinuousClock.now - start < .seconds(5) { usleep(1000) }
      #expect(!isAlive(group))
    }
  }

  /// Whether a process of a group runs; what has ended and was not asked for yet does not.
  private func isAlive(_ group: Int32) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap(Int32.init).contains { pid in
      guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
      // After the name in parentheses: state, parent, group.
      let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 2 && fields[0] != "Z" && Int32(fields[2]) == group
    }
  }
}
