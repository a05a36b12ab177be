import Experiments
import Foundation
import Testing

@Suite struct HTMLReportTests {
  private func report(_ sweep: SyntheticSweep, in folder: String) throws -> (path: String, text: String) {
    try sweep.write(folder)
    let path = try SweepResults(SweepFolder(folder)).writeHTML(to: folder + "/out")[0]
    return (path, try String(contentsOfFile: path, encoding: .utf8))
  }

  /// The JSON that the page carries.
  private func data(_ text: String) throws -> [String: Any] {
    let start = try #require(text.range(of: "id=\"data\">")).upperBound
    let end = try #require(text.range(of: "</script>", range: start..<text.endIndex)).lowerBound
    let json = try JSONSerialization.jsonObject(with: Data(text[start..<end].utf8))
    return try #require(json as? [String: Any])
  }

  @Test func reportNeedsNothingButItself() throws {
    try withFolder { folder in
      let (_, text) = try report(SyntheticSweep(), in: folder)
      #expect(text.contains("Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"))
      #expect(!text.contains("https://") && !text.contains("src=\"") && !text.contains("innerHTML"))
      #expect(text.replacing("http://www.w3.org/2000/svg", with: "").contains("http://") == false)
    }
  }

  @Test func hostileTextsStayTexts() throws {
    try withFolder { folder in
      var sweep = SyntheticSweep()
      sweep.taskName = { "\(SyntheticSweep.hostile)\($0)" }
      sweep.prompt = { "\(SyntheticSweep.hostile)\($0)" }
      sweep.answer = { "\(SyntheticSweep.hostile)\($0)\($1)" }
      let (path, text) = try report(sweep, in: folder)
      #expect(!text.contains("<img") && !text.contains("\u{2028}"))
      #expect(text.components(separatedBy: "<script").count == 3)
      #expect(try data(text)["name"] as? String == SyntheticSweep.hostile + "0")
      guard Chromium.path != nil else { return }
      let (dom, console) = try Chromium.load(path)
      #expect(console.isEmpty)
      #expect(!dom.contains("<img") && dom.components(separatedBy: "<script").count == 3)
      #expect(dom.contains("&lt;img src=x onerror=alert(1)&gt;"))
    }
  }

  @Test func missingRunIsAVisibleGap() throws {
    try withFolder { folder in
      var sweep = SyntheticSweep()
      sweep.missing = 2
      let (path, text) = try report(sweep, in: folder)
      let data = try data(text)
      #expect(data["complete"] as? Bool == false)
      #expect((data["completeness"] as? String)?.hasPrefix("UNFINISHED") == true)
      let quantities = try #require(data["quantities"] as? [[String: Any]])
      let transfer = try #require(quantities.first?["transfer"] as? [String: Any])
      let row = try #require((transfer["rows"] as? [String])?.firstIndex(of: "task-1"))
      #expect((transfer["cells"] as? [[Any]])?[row].allSatisfy { $0 is NSNull } == true)
      guard Chromium.path != nil else { return }
      #expect(try Chromium.load(path).dom.contains("class=\"gap\">missing</td>"))
    }
  }

  @Test func sweepWithoutAnyFinishedRunHasAReport() throws {
    try withFolder { folder in
      try SyntheticSweep().write(folder)
      try FileManager.default.removeItem(atPath: folder + "/runs")
      let path = try SweepResults(SweepFolder(folder)).writeHTML(to: folder + "/out")[0]
      guard Chromium.path != nil else { return }
      let (dom, console) = try Chromium.load(path)
      #expect(console.isEmpty && Chromium.attribute("data-errors", of: dom) == nil)
      #expect(dom.contains("No run is finished yet"))
    }
  }

  @Test(.enabled(if: Chromium.path != nil, Chromium.isMissing))
  func keyboardSortsAndMovesAndTheBrowserOfExamplesOrders() throws {
    try withFolder { folder in
      let (path, text) = try report(SyntheticSweep(), in: folder)
      // The same page without its policy, and with a user.
      let start = try #require(text.range(of: "<meta http-equiv"))
      let end = try #require(text.range(of: ">", range: start.lowerBound..<text.endIndex))
      let user = """
        <script>
        const result = {};
        const grid = document.getElementById('grid');
        const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        grid.querySelector('[tabindex="0"]').focus();
        result.stops = grid.querySelectorAll('[tabindex="0"]').length;
        document.activeElement.click();
        result.sort = grid.querySelector('[aria-sort="descending"]').textContent;
        const column = () => [...grid.querySelectorAll('td[data-column="0"]')].map((c) => parseFloat(c.textContent.replace('−', '-')));
        result.sorted = column().every((value, i, all) => i === 0 || all[i - 1] >= value);
        press('ArrowDown');
        press('ArrowRight');
        result.place = [document.activeElement.dataset.row, document.activeElement.dataset.column].join();
        result.details = document.getElementById('details').textContent;
        const set = (id, value) => {
          document.getElementById(id).value = value;
          document.getElementById(id).dispatchEvent(new Event('change'));
        };
        set('matrix', 'pairwise');
        result.selfs = grid.querySelectorAll('td.self').length;
        set('order', 'gain');
        result.prompt = document.querySelector('.example .text').textContent;
        result.chips = document.querySelector('.example .chip').className;
        document.documentElement.dataset.result = JSON.stringify(result);
        </script></body>
        """
      var page = text
      page.replaceSubrange(start.lowerBound..<end.upperBound, with: "")
      page = page.replacing("</body>", with: user)
      try page.write(toFile: path, atomically: true, encoding: .utf8)
      let (dom, console) = try Chromium.load(path)
      #expect(console.isEmpty, "\(console)")
      let json = try #require(Chromium.attribute("data-result", of: dom))
      let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
      let result = try #require(object as? [String: Any])
      #expect(result["stops"] as? Int == 1)
      #expect(result["sort"] as? String == "task-0 ↓")
      #expect(result["sorted"] as? Bool == true)
      #expect(result["place"] as? String == "1,1")
      let details = try #require(result["details"] as? String)
      for word in ["95% interval [", "baseline", "the base", "seeds", "p", "examples"] {
        #expect(details.contains(word))
      }
      #expect(result["selfs"] as? Int == 3)
      #expect((result["prompt"] as? String)?.hasPrefix("Question ") == true)
      #expect(result["chips"] as? String == "chip helps")
    }
  }

  @Test func largeSweepIsWrittenQuicklyAndStaysQuick() throws {
    try withFolder { folder in
      var sweep = SyntheticSweep()
      // 200 examples a task where there is time for it; 40 make the same page but for what is cut.
      let isWhole = ProcessInfo.processInfo.environment["MTL_SLOW_TESTS"] != nil
      (sweep.tasks, sweep.subsets, sweep.examples) = (20, 200, isWhole ? 200 : 40)
      sweep.prompt = { "Question \($0)? " + String(repeating: "words of a long prompt ", count: 30) }
      sweep.answer = { "answer \($0) of run \($1) " + String(repeating: "which goes on ", count: 3) }
      try sweep.write(folder)
      let start = ContinuousClock.now
      let path = try SweepResults(SweepFolder(folder)).writeHTML(to: folder + "/out")[0]
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let bytes = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
      #expect(bytes < 10_000_000)
      #expect(seconds < 30, "10 on a machine that does nothing else")
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.contains("examples are shown, evenly chosen"))
      guard Chromium.path != nil else { return }
      let (dom, console) = try Chromium.load(path)
      #expect(console.isEmpty)
      let ready = try #require(Chromium.attribute("data-ready", of: dom).flatMap(Int.init))
      #expect(ready < 6000, "2000 on a machine that does nothing else")
      if isWhole {
        print("report of a large sweep: \(seconds) s to write, \(bytes) bytes, \(ready) ms until it answers")
      }
    }
  }
}
