import Foundation
import MTL
import TaskAffinity

extension SweepResults {
  /// Writes `sweep.ipynb` and the CSV files that it reads: results, examples, history, matrices and the data dictionary;
  /// returns their paths. The notebook finds the run files by the way from `folder` to the sweep's.
  ///
  /// - Throws: `AffinityError` for a metric that no task has; `FormatError.unwritable`.
  public func writeNotebook(
    to folder: String, metric: String? = nil, bootstrap: BootstrapSettings = .init()
  ) throws -> [String] {
    try makeFolder(folder)
    let tables = tidyTables() + [try PaperMatrices(self, metric: metric, bootstrap: bootstrap).tidyTable()]
    for table in tables { try writeText(table.csv(), to: "\(folder)/\(table.name).csv") }
    try writeText(dataDictionary(tables), to: folder + "/data-dictionary.md")
    let path = folder + "/sweep.ipynb"
    try writeText(try notebook(sweepPath: Self.way(from: folder, to: self.folder.path)).text(), to: path)
    return [path] + tables.map { "\(folder)/\($0.name).csv" } + [folder + "/data-dictionary.md"]
  }

  /// The path of one folder relative to another.
  package static func way(from source: String, to target: String) -> String {
    func parts(_ path: String) -> [String] {
      let full = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL.resolvingSymlinksInPath().path
      return full.split(separator: "/").map(String.init)
    }
    let (a, b) = (parts(source), parts(target))
    let shared = zip(a, b).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: a.count - shared) + b[shared...]
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }

  private func notebook(sweepPath: String) throws -> Notebook {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    // A text in JSON is one in Python.
    let literal = String(decoding: try encoder.encode(sweepPath), as: UTF8.self)
    var head = "# \(escapedMarkdown(plan.name))\n\n"
    if !pointLabel.isEmpty { head += "Point of the grid: \(escapedMarkdown(pointLabel)).\n\n" }
    head += gaps.isEmpty ? completeness : "**\(completeness)**"
    head += "; a missing run is a gap, never a zero. Estimand: \(table.estimand.title).\n\n"
    head += "Specification SHA-256 `\(specificationDigest)`. "
    head += "What every column means is in [data-dictionary.md](data-dictionary.md)."
    return Notebook(
      cells: [.init(kind: .markdown, id: "head", source: head)]
        + NotebookCells.all(sweepPath: literal).map { .init(kind: $0.kind, id: $0.id, source: $0.source) })
  }
}
