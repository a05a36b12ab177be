/// Sign-flip tests of a matrix's cells, with their p-values adjusted over all of them.
public struct CellTests: Codable, Sendable {
  /// How p-values are adjusted.
  public let correction: Correction
  /// The matrix's rows.
  public let rows: [String]
  /// The matrix's columns.
  public let columns: [String]
  /// [rows][columns]; nil where the cell is unknown or lacks seeds that other cells have.
  public let p: [[Double?]]
  /// The least p-value before adjustment.
  public let least: Double
}

extension AffinityMatrix {
  /// Tests every known cell against no effect, over seeds.
  ///
  /// - Throws: ``AffinityError`` when no cell has two seeds.
  public func tests(_ correction: Correction, relative: Bool = false) throws -> CellTests {
    let estimates = cells.map { $0.map { cell in relative ? cell?.relative : cell?.absolute } }
    return try cellTests(estimates, rows: rows, columns: columns, correction: correction)
  }
}

extension TransferMatrix {
  /// Tests every known gain over a baseline against no effect, over seeds.
  ///
  /// - Throws: ``AffinityError`` when no cell has two seeds.
  public func tests(_ baseline: Baseline, _ correction: Correction, relative: Bool = false) throws -> CellTests {
    let estimates = cells.map { row in
      row.map { cell -> Estimate? in
        let gain = cell?.gain(over: baseline)
        return relative ? gain?.relative : gain?.absolute
      }
    }
    return try cellTests(estimates, rows: rows.map(\.description), columns: columns, correction: correction)
  }
}

private func cellTests(
  _ estimates: [[Estimate?]], rows: [String], columns: [String], correction: Correction
) throws -> CellTests {
  let seeds = estimates.joined().compactMap { $0?.perSeed.count }.max() ?? 0
  guard seeds > 1 else {
    throw AffinityError.insufficient(what: "tests over seeds", missing: "a second seed; one seed shows no variation")
  }
  var places: [(Int, Int)] = []
  var values: [[Double]] = []
  for (i, row) in estimates.enumerated() {
    for (j, estimate) in row.enumerated() {
      // A subset against itself is zero for every seed: no test.
      guard let estimate, estimate.perSeed.count == seeds, estimate.perSeed.contains(where: { $0 != 0 }) else {
        continue
      }
      places.append((i, j))
      values.append(estimate.perSeed)
    }
  }
  let single = try values.map { try signFlipTest($0).p }
  let adjusted: [Double] =
    switch correction {
    case .none: single
    case .holm: holm(single)
    case .benjaminiHochberg: benjaminiHochberg(single)
    case .maxT: try maxTSignFlipTest(values).map(\.p)
    }
  var p: [[Double?]] = estimates.map { $0.map { _ in nil } }
  for (place, value) in zip(places, adjusted) { p[place.0][place.1] = value }
  return CellTests(correction: correction, rows: rows, columns: columns, p: p, least: 1 / Double(1 << (seeds - 1)))
}

extension CellTests {
  /// The table of p-values, with the least that this many seeds can give.
  public func text() -> String {
    let adjusted =
      switch correction {
      case .none: "not adjusted"
      case .holm: "family-wise, Holm"
      case .benjaminiHochberg: "false discovery rate, Benjamini-Hochberg"
      case .maxT: "family-wise, max-T"
      }
    var table = TextTable(header: ["trained on"] + columns)
    for (row, name) in rows.enumerated() {
      let cells = p[row].map { value in
        value.map { TextTable.Cell(decimal($0, 3), tone: $0 <= 0.05 ? .good : .faint) } ?? TextTable.Cell("-")
      }
      table.rows.append([TextTable.Cell(name)] + cells)
    }
    return "exact sign-flip tests over seeds (\(adjusted)); no single p can be below \(decimal(least, 3))\n\n"
      + table.render()
  }
}
