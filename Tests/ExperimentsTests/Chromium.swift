import Foundation
import Testing

/// A browser without a window, where Debian's package is installed.
enum Chromium {
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static let isMissing: Comment = "skipped: chromium is not installed; script/setup --all installs it"

  /// The page's document once it is loaded, as HTML, and what its console said.
  static func load(_ page: String) throws -> (dom: String, console: [String]) {
    try withFolder { profile in
      let process = Process()
      process.executableURL = URL(filePath: try #require(path))
      process.arguments = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
        "--user-data-dir=" + profile, "--enable-logging=stderr", "--dump-dom", "file://" + page,
      ]
      let (dom, log) = (profile + "/dom.html", profile + "/log.txt")
      for file in [dom, log] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
      process.standardOutput = FileHandle(forWritingAtPath: dom)
      process.standardError = FileHandle(forWritingAtPath: log)
      try process.run()
      process.waitUntilExit()
      let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
      return (try String(contentsOfFile: dom, encoding: .utf8), lines.filter { $0.contains("CONSOLE") })
    }
  }

  /// The value of an attribute of the document's first element.
  static func attribute(_ name: String, of dom: String) -> String? {
    guard let start = dom.range(of: "\(name)=\""), let end = dom[start.upperBound...].firstIndex(of: Character("\""))
    else {
      return nil
    }
    return String(dom[start.upperBound..<end]).replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
  }
}
