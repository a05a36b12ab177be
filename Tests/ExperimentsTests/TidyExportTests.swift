import Experiments
import Foundation
import MTL
import TaskAffinity
import Testing

@Suite struct TidyExportTests {
  private let hostile = "=cmd|' /C calc'!A0, \"x\"\n<script>"

  /// A sweep of a base, one finished run and one that never began.
  private func withSweep(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "/mtl-export-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder + "/runs", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let plan = """
      {"name": "s", "units": "category", "estimand": "equal-exposure", "tasks": [{"name": "a", "category": "QA"}],
       "runs": [{"id": "base", "subset": []}, {"id": "one", "subset": ["QA"], "seed": 1},
                {"id": "two", "subset": ["QA"], "seed": 2}]}
      """
    try Data(plan.utf8).write(to: URL(filePath: folder + "/plan.json"))
    try Data("name: s\n".utf8).write(to: URL(filePath: folder + "/sweep.yaml"))
    for (id, nll) in [("base", 4.0), ("one", 2.0)] {
      let task = TaskEvaluation(
        task: "a", category: "QA", exampleIDs: ["x", "y"], clusters: ["x", "y"], nll: [nll, nll], tokens: [2, 2],
        predictions: [hostile, "-1"], references: ["r", "s"],
        metrics: [MetricScores(name: "acc", higherIsBetter: true, parts: [[1], [0]], score: 0.5)])
      try RunFile.write(
        RunRecord(
          runID: id, settings: "{}", digests: [:], programVersion: "0",
          lora: LoRASettings(rank: 1, alpha: 1, targets: [.q]), adapterTensors: [],
          evaluation: [task], isFinished: true), to: SweepFolder(folder).runPath(id))
    }
    try body(folder)
  }

  @Test func missingRunsAreGapsAndNotZeros() throws {
    try withSweep { folder in
      let results = try SweepResults(SweepFolder(folder))
      #expect(results.completeness == "UNFINISHED: 2 of 3 runs are finished")
      let lines = results.tidyTables()[0].csv().components(separatedBy: "\r\n")
      #expect(lines[3] == "one,QA,1,finished,a,QA,true,loss,false,1.0,2.0,1.0,2,0")
      #expect(lines[4] == "one,QA,1,finished,a,QA,true,acc,true,0.5,0.5,0.0,2,0")
      #expect(lines[5] == "two,QA,2,waiting,a,QA,true,loss,false,,2.0,,,")
    }
  }

  @Test func textsThatSpreadsheetsWouldRunAreInert() throws {
    try withSweep { folder in
      let csv = try SweepResults(SweepFolder(folder)).tidyTables()[1].csv()
      #expect(csv.contains("\"'=cmd|' /C calc'!A0, \"\"x\"\"\n<script>\",r,1.0\r\n"))
      #expect(csv.contains(",\"'-1\",s,0.0\r\n"))
    }
  }

  @Test func jsonKeepsTextsAndUnknownsAsTheyAre() throws {
    try withSweep { folder in
      let path = try SweepResults(SweepFolder(folder)).writeJSON(to: folder + "/out")[0]
      let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
      #expect(json?["complete"] as? Bool == false)
      let tables = json?["tables"] as? [String: [[String: Any]]]
      #expect(tables?["examples"]?.first?["prediction"] as? String == hostile)
      #expect(tables?["results"]?.last?["score"] is NSNull)
    }
  }

  @Test func everyColumnIsInTheDataDictionary() throws {
    try withSweep { folder in
      let results = try SweepResults(SweepFolder(folder))
      let paths = try results.writeCSV(to: folder + "/out")
      let text = try String(contentsOfFile: try #require(paths.last), encoding: .utf8)
      for column in results.tidyTables().flatMap(\.columns) { #expect(text.contains("| \(column.name) | ")) }
    }
  }
}
