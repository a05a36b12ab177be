import Foundation
import MTL
import TaskAffinity

/// The matrices of one quantity, as the report shows them.
struct ReportMatrices: Sendable {
  var quantity: Quantity
  var transfer: TransferMatrix
  /// p-values of the gains by baseline, [rows][columns], and the same adjusted (Benjamini-Hochberg).
  var tests: [Baseline: (p: [[Double?]], q: [[Double?]])]
  var affinity: [(matrix: AffinityMatrix, p: [[Double?]], q: [[Double?]])]

  static let kinds: [AffinityKind] = [.zeroShot, .pairwise, .leaveOneOut]

  init(_ table: ScoreTable, _ quantity: Quantity, draws: Int) throws {
    self.quantity = quantity
    let analysis = try AffinityAnalysis(table, quantity: quantity, bootstrap: BootstrapSettings(draws: draws))
    let transfer = analysis.transferMatrix(.tasks)
    self.transfer = transfer
    tests = Dictionary(
      uniqueKeysWithValues: Baseline.allCases.map { baseline in
        let unknown = transfer.cells.map { $0.map { _ in nil as Double? } }
        // With one seed, or too many to enumerate, there is no test.
        return (
          baseline,
          (
            (try? transfer.tests(baseline, .none))?.p ?? unknown,
            (try? transfer.tests(baseline, .benjaminiHochberg))?.p ?? unknown
          )
        )
      })
    let level: MatrixLevel = table.unitKind == .task ? .tasks : .categories
    affinity = try Self.kinds.map { kind in
      let matrix = try analysis.affinityMatrix(kind, level: level)
      let unknown = matrix.cells.map { $0.map { _ in nil as Double? } }
      return (matrix, (try? matrix.tests(.none))?.p ?? unknown, (try? matrix.tests(.benjaminiHochberg))?.p ?? unknown)
    }
  }

  /// How many draws the intervals of a table get: fewer for large tables, which a reader waits for.
  static func draws(_ table: ScoreTable, quantities: Int) -> Int {
    let estimates = max(1, (table.subsets.count + 1) * table.tasks.count * 7 * quantities)
    return min(5_000, max(500, 30_000_000 / estimates / 100 * 100))
  }

  /// All quantities of a table, the loss first.
  static func all(_ table: ScoreTable, metrics: [String], draws: Int) throws -> [ReportMatrices] {
    let quantities = [Quantity.loss] + metrics.map(Quantity.metric)
    let results = Results(quantities.count)
    DispatchQueue.concurrentPerform(iterations: quantities.count) { number in
      results[number] = Result { try ReportMatrices(table, quantities[number], draws: draws) }
    }
    return try quantities.indices.compactMap { try results[$0]?.get() }
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Result<ReportMatrices, any Error>?]

    init(_ count: Int) { values = Array(repeating: nil, count: count) }

    subscript(number: Int) -> Result<ReportMatrices, any Error>? {
      get { lock.withLock { values[number] } }
      set { lock.withLock { values[number] = newValue } }
    }
  }
}

extension ReportMatrices {
  static let scopes: [IntervalScope] = [.seedsAndExamples, .examples, .examplesOfOneSeed, .seedsOnly, .none]

  /// `{key, title, transfer, affinity}`; a transfer cell is `[score, lower, upper, seeds, scope, gain, gain, gain]`, over
  /// the base, the target alone and all, a gain `[gain, lower, upper, seeds, scope, p, q]` or null.
  func write(_ json: inout ScriptJSON) {
    json.object { json in
      json.member("title", quantity.title)
      json.key("transfer")
      json.object { json in
        json.key("rows")
        json.array(transfer.rows) { $0.text($1.description) }
        json.key("columns")
        json.array(transfer.columns) { $0.text($1) }
        json.key("cells")
        json.array(transfer.cells.enumerated()) { json, row in
          json.array(row.element.enumerated()) { json, item in
            guard let cell = item.element else { return json.null() }
            json.array { json in
              Self.write(cell.value, &json)
              for baseline in Baseline.allCases {
                let tests = tests[baseline]
                Self.write(
                  cell.gain(over: baseline), p: tests?.p[row.offset][item.offset], q: tests?.q[row.offset][item.offset],
                  &json)
              }
            }
          }
        }
      }
      json.key("affinity")
      json.array(affinity) { json, entry in
        let matrix = entry.matrix
        json.object { json in
          json.member("kind", matrix.kind.rawValue)
          json.member("title", matrix.kind.title)
          json.key("rows")
          json.array(matrix.rows) { $0.text($1) }
          json.key("columns")
          json.array(matrix.columns) { $0.text($1) }
          json.key("cells")
          json.array(matrix.cells.enumerated()) { json, row in
            json.array(row.element.enumerated()) { json, item in
              Self.write(
                item.element, p: entry.p[row.offset][item.offset], q: entry.q[row.offset][item.offset], &json)
            }
          }
        }
      }
    }
  }

  private static func write(_ estimate: Estimate, _ json: inout ScriptJSON) {
    json.number(estimate.value)
    json.number(estimate.lower)
    json.number(estimate.upper)
    json.integer(estimate.seeds)
    json.integer(scopes.firstIndex(of: estimate.scope))
  }

  private static func write(_ gain: Gain?, p: Double??, q: Double??, _ json: inout ScriptJSON) {
    guard let gain else { return json.null() }
    json.array { json in
      write(gain.absolute, &json)
      json.number(p ?? nil, digits: 3)
      json.number(q ?? nil, digits: 3)
    }
  }
}
