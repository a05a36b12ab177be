extension PaperMatrices {
  /// A row per cell of every matrix.
  func tidyTable() -> TidyTable {
    var table = TidyTable(
      "matrices", row: "one cell of one matrix",
      columns: [
        .init("matrix", "text", "which matrix: transfer-loss, scores-loss, affinity-pairwise, ..."),
        .init("title", "text", "what it shows, with its unit"),
        .init("row", "text", "what was trained on"),
        .init("column", "text", "what was scored"),
        .init("state", "text", "known, missing (a run is) or undefined (a unit on itself)"),
        .init("value", "number", "the estimate, in the matrix's unit"),
        .init("lower", "number", "the interval's lower end; missing where the data allow no interval"),
        .init("upper", "number", "the interval's upper end; likewise"),
        .init("confidence", "number", "the interval's level"),
        .init("scope", "text", "what the interval covers: seeds-and-examples, examples-of-one-seed, ..."),
        .init("seeds", "integer", "seeds behind the estimate; 0 for the base"),
        .init("estimand", "text", "what is held fixed when a subset grows"),
      ])
    for matrix in transfer + scores + affinity {
      for (row, entries) in matrix.entries.enumerated() {
        for (column, entry) in entries.enumerated() {
          let cell = entry.cell
          let state =
            switch entry {
            case .known: "known"
            case .missing: "missing"
            case .undefined: "undefined"
            }
          table.rows.append([
            .text(matrix.name), .text(matrix.title), .text(matrix.rows[row]), .text(matrix.columns[column]),
            .text(state), TidyValue(cell?.value), TidyValue(cell?.interval?.lowerBound),
            TidyValue(cell?.interval?.upperBound), .number(matrix.confidence),
            cell.map { .text($0.scope.rawValue) } ?? .missing,
            cell.map { .integer($0.seeds) } ?? .missing, .text(matrix.estimand.rawValue),
          ])
        }
      }
    }
    return table
  }
}
