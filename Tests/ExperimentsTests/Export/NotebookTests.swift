import Experiments
import Foundation
import Testing

@Suite struct NotebookTests {
  @Test func theFileIsANotebookOfVersionFourFive() throws {
    try PaperFixture(tasks: PaperFixture.hostileTasks, name: "<script>*x*").use { folder in
      let path = try SweepResults(SweepFolder(folder)).writeNotebook(to: folder + "/out")[0]
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
      #expect(json["nbformat"] as? Int == 4 && json["nbformat_minor"] as? Int == 5)
      let cells = try #require(json["cells"] as? [[String: Any]])
      let ids = cells.compactMap { $0["id"] as? String }
      #expect(ids.count == cells.count && Set(ids).count == ids.count)
      for cell in cells {
        let isCode = cell["cell_type"] as? String == "code"
        #expect((cell["outputs"] as? [Any])?.isEmpty == (isCode ? true : nil))
        #expect((cell["execution_count"] is NSNull) == isCode)
        #expect(cell["source"] is [String] && cell["metadata"] is [String: Any])
      }
      let head = (cells[0]["source"] as? [String])?.joined() ?? ""
      #expect(head.hasPrefix("# &lt;script\\>\\*x\\*\n"))
      #expect(head.contains("complete: 15 of 15 runs are finished"))
    }
  }

  @Test func theWayToTheRunsIsRelative() {
    #expect(SweepResults.way(from: "/a/b/out", to: "/a/b/sweep") == "../sweep")
    #expect(SweepResults.way(from: "/a/b", to: "/a/b") == ".")
    #expect(SweepResults.way(from: "/a/b/c/d", to: "/a") == "../../..")
    #expect(SweepResults.way(from: "/a", to: "/a/b/c/") == "b/c")
  }

  @Test func theNotebookRunsAndAgreesWithTheRunFiles() throws {
    let cache = ProcessInfo.processInfo.environment["MTL_CACHE"] ?? NSHomeDirectory() + "/.cache/mtl"
    let python = cache + "/notebook/bin/python"
    guard FileManager.default.fileExists(atPath: cache + "/notebook/complete") else {
      print("skipped: running a notebook (run script/setup --all, which makes its environment)")
      return
    }
    try PaperFixture(tasks: PaperFixture.hostileTasks, isThere: { subset, _ in subset.count != 2 }).use { folder in
      _ = try SweepResults(SweepFolder(folder)).writeNotebook(to: folder + "/out")
      let program = """
        import nbformat
        from nbclient import NotebookClient
        book = nbformat.read("sweep.ipynb", 4)
        nbformat.validate(book)
        NotebookClient(book, timeout=120).execute()
        print("".join(o.get("text", "") for c in book.cells for o in c.get("outputs", [])))
        print(sum("image/png" in o.get("data", {}) for c in book.cells for o in c.get("outputs", [])), "images")
        """
      let (status, text) = try runProgram(python, ["-c", program], in: folder + "/out")
      #expect(status == 0, "\(text.suffix(3000))")
      #expect(text.contains("9 run files under .."))
      #expect(text.contains("36 losses agree with results.csv"), "\(text)")
      #expect(text.contains("5 images"), "\(text.suffix(300))")
    }
  }
}
