import Experiments
import Foundation
import Testing

@Suite struct LargeExportTests {
  /// 255 runs, 20 tasks, 200 examples each. Processor time, which other programs on the machine change little.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["MTL_TEST_FULL"] != nil, "slow; script/test --full runs it"))
  func everyExportOfALargeSweepTakesSeconds() throws {
    let tasks = (0..<20).map { ("task-\($0)", "kind-\($0 % 8)") }
    try PaperFixture(tasks: tasks, seeds: [1], examples: 200).use { folder in
      for (name, export) in [
        ("figures", { try SweepResults(SweepFolder(folder)).writeFigures(to: folder + "/a") }),
        ("LaTeX", { try SweepResults(SweepFolder(folder)).writeLaTeX(to: folder + "/b") }),
        ("notebook", { try SweepResults(SweepFolder(folder)).writeNotebook(to: folder + "/c") }),
      ] as [(String, () throws -> [String])] {
        let start = clock()
        _ = try export()
        let seconds = Double(clock() - start) / 1e6
        print("\(name): \(seconds) s of processor time")
        #expect(seconds < 25, "\(name)")
      }
    }
  }
}
