import Foundation
import MTL
import TaskAffinity

extension SweepResults {
  /// Writes `report.html`: one file that needs no other and no network; returns its path.
  ///
  /// - Throws: `FormatError.unwritable`, `AffinityError`.
  public func writeHTML(to folder: String) throws -> [String] {
    try makeFolder(folder)
    let page = try htmlReport()
    let path = folder + "/report.html"
    try AtomicFile.write(to: path) { try $0.write(page) }
    return [path]
  }

  /// The report's bytes.
  func htmlReport() throws -> Data {
    var json = ScriptJSON()
    try writeReport(&json)
    let style = PageFiles.style
    let script = PageFiles.script
    // Nothing but the two elements below, by their digests, and nothing from anywhere else.
    let policy =
      "default-src 'none'; style-src 'sha256-\(Self.base64Digest(style))'; "
      + "script-src 'sha256-\(Self.base64Digest(script))'; base-uri 'none'; form-action 'none'"
    var page = Data()
    page.append(
      Data(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>Task affinity report</title>
        <style>\(style)</style>
        </head>
        <body>
        \(PageFiles.body)
        <script type="application/json" id="data">
        """.utf8))
    page.append(contentsOf: json.bytes)
    page.append(Data("</script>\n<script>\(script)</script>\n</body>\n</html>\n".utf8))
    return page
  }

  private func writeReport(_ json: inout ScriptJSON) throws {
    let draws = ReportMatrices.draws(table, quantities: metricNames.count + 1)
    let isScored = runs.contains { !$0.evaluation.isEmpty }
    let matrices = isScored ? try ReportMatrices.all(table, metrics: metricNames, draws: draws) : []
    let examples = ReportExamples(self)
    json.object { json in
      json.member("name", plan.name)
      json.member("complete", gaps.isEmpty)
      json.member("completeness", completeness)
      json.member("point", pointLabel)
      json.member("base", baseName)
      json.member("units", plan.units.rawValue)
      json.member("estimand", table.estimand.title)
      json.member("specification", specification)
      json.member("sha256", specificationDigest)
      json.key("confidence")
      json.number(BootstrapSettings().level)
      json.member("draws", draws)
      json.key("scopes")
      json.array(ReportMatrices.scopes) { $0.text($1.title) }
      json.key("tasks")
      json.array(plan.tasks) { json, task in
        json.object {
          $0.member("name", task.name)
          $0.member("category", task.category)
          let count = runs.lazy.compactMap { run in run.evaluation.first { $0.task == task.name } }.first
          $0.member("examples", count?.exampleIDs.count)
        }
      }
      ReportRuns(results: self).write(&json)
      json.key("quantities")
      json.array(matrices) { $1.write(&$0) }
      json.key("examples")
      examples.write(&json)
    }
  }

  private static func base64Digest(_ text: String) -> String {
    let hex = Array(RunIdentity.digest(of: text))
    return Data(
      stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(String(hex[$0...($0 + 1)]), radix: 16) }
    ).base64EncodedString()
  }
}

/// The page's own files, which are compiled in, so that an installed program has them.
enum PageFiles {
  static var style: String { text(PackageResources.page_css) }
  static var body: String { text(PackageResources.page_html) }

  /// One script, whose parts share a scope that nothing outside sees.
  static var script: String {
    let parts = [
      PackageResources.core_js, PackageResources.matrices_js, PackageResources.examples_js, PackageResources.curves_js,
      PackageResources.provenance_js, PackageResources.main_js,
    ]
    return "(() => {\n'use strict';\n" + parts.map(text).joined(separator: "\n") + "})();\n"
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
