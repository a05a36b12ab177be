import Experiments
import Foundation
import TaskAffinity
import Testing

/// Estimates, their comparison, groups and advice on a whole tiny sweep: three tasks, all subsets, two seeds.
@Suite struct AffinityCommandTests {
  private static let allMethods = EstimationMethod.allCases.flatMap { ["--method", $0.rawValue] }

  private func sweep(_ folder: String, seeds: String = "[1, 2]", run: Bool = true) throws -> String {
    let tiny = try TinySweep(folder, extra: "units: task", seeds: seeds)
    let out = folder + "/out"
    if run {
      let result = try mtl("sweep", "run", tiny.specification, "--out", out, "--quiet")
      #expect(result.status == 0, "\(result.errors)")
    }
    return out
  }

  private func run(_ arguments: [String]) throws -> CommandResult {
    let (process, output, errors) = try makeProcess(arguments)
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let errorText = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: errorText, as: UTF8.self))
  }

  private func estimates(_ arguments: [String]) throws -> AffinityEstimates {
    let result = try run(["affinity", "estimate"] + arguments + ["--quiet", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(AffinityEstimates.self, from: Data(result.output.utf8))
  }

  @Test func everyMethodSaysSomethingOfEverySubsetAndIsJudged() throws {
    try withFolder { folder in
      let out = try sweep(folder)
      let found = try estimates([out, "--anchors", "2"] + Self.allMethods)
      #expect(
        found.estimates.map(\.method) == EstimationMethod.allCases.filter { !$0.rawValue.hasPrefix("surrogate") } + [
          .surrogate, .surrogateKernel,
        ])
      #expect(found.anchors.count == 2 && found.anchors.allSatisfy { $0.count > 1 })
      for estimate in found.estimates {
        for task in 0..<3 {
          let own = found.layout.unit(task)
          // A regression on subsets that hold the task needs two of them.
          if estimate.anchors.count(where: { $0.contains(own) }) < 2, estimate.method.rawValue.hasPrefix("surrogate") {
            continue
          }
          #expect(
            estimate.best[["upper", "double", "first"], task]?.isFinite == true, "\(estimate.method), task \(task)")
        }
        #expect(estimate.costInRuns >= 2, "\(estimate.method) had two anchors")
      }
      let kept = try FileManager.default.contentsOfDirectory(atPath: out + "/affinity")
      #expect(kept.count { $0.hasPrefix("merge") && $0.hasSuffix(".h5") } == 3, "scored merges are kept")
      let comparison = try run(["affinity", "compare", out, "--draws", "200", "--json"])
      #expect(comparison.status == 0, "\(comparison.errors)")
      struct Judged: Decodable {
        struct Report: Decodable {
          var method: String
          var cells: Int
        }
        struct Ceiling: Decodable { var seeds: Int }
        var reports: [Report]
        var ceiling: Ceiling?
      }
      let judged = try JSONDecoder().decode(Judged.self, from: Data(comparison.output.utf8))
      #expect(judged.reports.count == EstimationMethod.allCases.count && judged.ceiling?.seeds == 2)
      let scatter = folder + "/scatter.csv"
      let table = try mtl(
        "affinity", "compare", out, "--draws", "200", "--groups", "2", "--scatter", scatter, "--figure",
        folder + "/f.svg")
      #expect(table.status == 0 && table.output.contains("noise ceiling: split-half"), "\(table.errors)")
      #expect(try String(contentsOfFile: folder + "/f.svg", encoding: .utf8).contains("measured loss"))
      let lines = try String(contentsOfFile: scatter, encoding: .utf8).split(separator: "\r\n")
      #expect(lines.count == 1 + judged.reports.reduce(0) { $0 + $1.cells } && lines.count > 10)
    }
  }

  @Test func whatWasComputedIsUsedAgainAndDamageIsNot() throws {
    try withFolder { folder in
      let out = try sweep(folder, seeds: "[1]")
      let first = try estimates([out, "--method", "curvature", "--method", "influence"])
      let files = try FileManager.default.contentsOfDirectory(atPath: out + "/affinity").filter { $0.hasSuffix(".h5") }
      #expect(files.count == 3, "\(files)")
      #expect(first.estimates.allSatisfy { $0.calibrated == nil && $0.anchors.isEmpty })
      func times() throws -> [Date?] {
        try files.sorted().map {
          try FileManager.default.attributesOfItem(atPath: out + "/affinity/" + $0)[.modificationDate] as? Date
        }
      }
      let before = try times()
      let again = try estimates([out, "--method", "influence", "--method", "curvature", "--workers", "1"])
      #expect(try times() == before)
      func predictions(_ estimates: AffinityEstimates, _ method: EstimationMethod) -> [Subset: [Double?]]? {
        estimates.estimates.first { $0.method == method }?.raw.predictions
      }
      #expect(predictions(again, .curvature) == predictions(first, .curvature))
      // Equal estimates have equal bytes, whichever process wrote them.
      func text() throws -> String {
        try run(["affinity", "estimate", out, "--method", "influence", "--method", "size", "--quiet", "--json"]).output
      }
      #expect(try text() == text())
      // A flipped byte: computed again, to the same numbers.
      for file in files {
        var bytes = try Data(contentsOf: URL(filePath: out + "/affinity/" + file))
        bytes[bytes.count / 2] ^= 0x10
        try bytes.write(to: URL(filePath: out + "/affinity/" + file))
      }
      let repaired = try estimates([out, "--method", "curvature", "--method", "influence", "--workers", "3"])
      #expect(predictions(repaired, .curvature) == predictions(first, .curvature))
      #expect(predictions(repaired, .influence) == predictions(first, .influence))
    }
  }

  @Test func aFolderWithoutRunsTrainsTheAnchorsAlone() throws {
    try withFolder { folder in
      let out = try sweep(folder, seeds: "[1]", run: false)
      let found = try estimates([
        out, "--specification", folder + "/tiny.yaml", "--method", "linearised", "--anchors", "3",
      ])
      let runs = try FileManager.default.contentsOfDirectory(atPath: out + "/runs").filter { $0.hasSuffix(".h5") }
      #expect(runs.count == 3)
      #expect(found.estimates.first?.calibrated != nil)
      let few = try mtl("affinity", "compare", out, "--draws", "200")
      #expect(few.status == 1 && few.errors.contains("trained subsets"), "\(few.errors)")
    }
  }

  /// The run on all units is an anchor that costs nothing, whether it was trained by the sweep or only to begin with.
  @Test func theRunOnAllIsAFreeAnchor() throws {
    try withFolder { folder in
      let out = try sweep(folder, seeds: "[1]")
      let method = ["--method", "linearised", "--anchors", "1"]
      let known = try #require(try estimates([out] + method).estimates.first)
      let fresh = try #require(
        try estimates([folder + "/fresh", "--specification", folder + "/tiny.yaml"] + method).estimates.first)
      let all: Subset = ["upper", "double", "first"]
      #expect(known.free == [all] && fresh.free == [all] && known.anchors.count == 1)
      // One anchor: its own score is the mean's estimate, without an interval, of the tasks that it holds.
      #expect(known.means?.count(where: { $0 != nil }) == known.anchors[0].count)
      #expect(known.means?.allSatisfy { $0?.lower == nil } == true)
      #expect(known.calibrated != nil && abs(known.costInRuns - fresh.costInRuns) < 1e-9)
      for (subset, row) in known.best.predictions {
        for (task, value) in row.enumerated() {
          let other = fresh.best[subset, task]
          #expect((value == nil) == (other == nil) && abs((value ?? 0) - (other ?? 0)) < 1e-6, "\(subset), \(task)")
        }
      }
    }
  }

  @Test func groupsAreFoundTrainedAfreshAndCompared() throws {
    try withFolder { folder in
      let out = try sweep(folder, seeds: "[1]")
      for method in GroupingInput.Method.allCases {
        let result = try mtl("affinity", "group", out, "--groups", "2", "--method", method.rawValue)
        #expect(result.status == 0 && result.output.contains("equal exposure"), "\(result.errors)")
      }
      _ = try estimates([out, "--method", "curvature", "--anchors", "2"])
      let verified = try mtl(
        "affinity", "group", out, "--groups", "2", "--from", "curvature", "--verify", "--seeds", "2", "--random", "1",
        "--quiet")
      #expect(verified.status == 0, "\(verified.errors)")
      for word in ["chosen", "all in one", "each alone", "oracle", "random 1", "seeds 2, 3", "±"] {
        #expect(verified.output.contains(word), "\(word) in \(verified.output)")
      }
      // The sweep itself is still the folder's latest.
      #expect(try SweepFolder(out).plan().name == "tiny" && SweepFolder(out).plan(of: "tiny-verify").runs.count > 4)
      #expect(try mtl("affinity", "group", out, "--groups", "4").errors.contains("must be 1 to 3"))
      #expect(
        try mtl("affinity", "group", out, "--groups", "2", "--from", "fisher").errors.contains("estimates by curvature")
      )
    }
  }

  @Test func adviceSaysWhatWasTrainedAndWhatWasEstimated() throws {
    try withFolder { folder in
      let tiny = try TinySweep(folder, extra: "units: task", seeds: "[1]")
      let out = folder + "/out"
      let some = try mtl(
        "sweep", "run", tiny.specification, "subsets=[[upper], [double], [upper, double], [upper, double, first]]",
        "--out",
        out, "--quiet")
      #expect(some.status == 0, "\(some.errors)")
      let plain = try mtl("affinity", "advise", out, "--target", "upper", "--draws", "200")
      #expect(plain.status == 0 && plain.output.contains("not trained together with upper: first"), "\(plain.errors)")
      _ = try estimates([out, "--method", "curvature", "--anchors", "2"])
      let both = try mtl("affinity", "advise", out, "--target", "upper", "--draws", "200")
      #expect(both.output.contains("estimated (curvature): adding first to upper gains"), "\(both.output)")
      let wrong = try mtl("affinity", "advise", out, "--target", "uper")
      #expect(wrong.status == 64 && wrong.errors.contains("upper, double, first"))
    }
  }

  @Test func matricesAreTestedAndComparedAndAPilotSaysHowManySeeds() throws {
    try withFolder { folder in
      let out = try sweep(folder, seeds: "[1, 2, 3]")
      let matrix = try mtl(
        "affinity", "matrix", out, "--tasks", "--kind", "pairwise", "--kind", "leave-one-out", "--test", "holm",
        "--agreement", "--draws", "200")
      #expect(matrix.status == 0, "\(matrix.errors)")
      for words in ["family-wise, Holm", "no single p can be below 0.250", "pairwise and leave-one-out: Spearman"] {
        #expect(matrix.output.contains(words), "\(words) in \(matrix.output)")
      }
      // Three tasks have six relabellings.
      #expect(matrix.output.contains("descriptive (6 relabellings, all there are: no p-value can reach 0.05)"))
      let plan = try mtl("sweep", "plan", folder + "/tiny.yaml", "--pilot", out, "--json")
      #expect(plan.status == 0, "\(plan.errors)")
      struct Planned: Decodable { var power: PilotPower }
      let power = try JSONDecoder().decode(Planned.self, from: Data(plan.output.utf8)).power
      #expect(power.seeds == 3 && power.tests == 6 && power.standardDeviation > 0)
      // One standard deviation: 10 seeds for one test, 16 for the first of six (AFFINITY's table).
      #expect(power.lines.contains { $0.effect == 1 && $0.seeds == 10 && $0.seedsAdjusted == 16 })
      let text = try mtl("sweep", "plan", folder + "/tiny.yaml", "--pilot", out)
      #expect(text.output.contains("a pilot of 3 seeds: pairwise affinity"), "\(text.output)")
    }
  }

  @Test func gradientsAreTakenWhereOneAsksAndCosinesAreWrittenByPart() throws {
    try withFolder { folder in
      let out = try sweep(folder, seeds: "[1]")
      let cosines = folder + "/cosines.csv"
      func predictions(_ at: String, _ more: String...) throws -> [Subset: [Double?]] {
        let found = try estimates([out, "--method", "linearised", "--method", "influence", "--at", at] + more)
        #expect(found.estimates.allSatisfy { $0.raw.predictions.values.joined().allSatisfy { $0?.isFinite ?? true } })
        return found.estimates[0].raw.predictions
      }
      let end = try predictions("1", "--cosines", cosines)
      let start = try predictions("0")
      #expect(try predictions("0.5") != end && start != end)
      #expect(try predictions("1") == end, "what was kept for another state is not taken for this one")
      let rows = try String(contentsOfFile: cosines, encoding: .utf8).split(separator: "\r\n").map {
        $0.split(separator: ",")
      }
      // All, one layer, its two matrices; three tasks on each other.
      #expect(rows.count == 1 + 4 * 9 && Set(rows.dropFirst().map { $0[0] }).count == 4)
      let products = Dictionary(grouping: rows.dropFirst(), by: { $0[0] }).mapValues { $0.compactMap { Double($0[4]) } }
      let all = try #require(products["all"])
      let matrices = products.filter { $0.key.hasSuffix("proj") }.map(\.value)
      for place in all.indices {
        let sum = matrices.reduce(0) { $0 + $1[place] }
        #expect(abs(sum - all[place]) < 1e-6 * max(1, abs(all[place])), "inner products of matrices add up")
      }
      let far = try run(["affinity", "estimate", out, "--at", "1.5"])
      #expect(far.status == 64 && far.errors.contains("--at must be between 0 and 1"))
    }
  }

  @Test func mistakesAreNamed() throws {
    try withFolder { folder in
      let out = try sweep(folder, seeds: "[1]")
      for (arguments, status, message) in [
        (["compare", out], Int32(1), "run `mtl affinity estimate"),
        (["compare", out, "--metric", "acc"], 64, "estimates are of the held-out loss"),
        (["estimate", out, "--anchors", "9"], 64, "4 subsets of two or more units"),
        (["estimate", out, "--draws", "0"], 64, "--draws must be at least 1"),
        (["estimate", folder + "/nowhere"], 1, "there is no sweep in"),
        (["matrix", out, "--sweep", "other"], 1, "no sweep called other; it has tiny"),
        (["matrix", out, "--kind", "pair"], 64, "pairwise"),
        (["advise", out], 64, "--target"),
      ] {
        let result = try run(["affinity"] + arguments)
        #expect(result.status == status && result.errors.contains(message), "\(arguments): \(result.errors)")
      }
    }
  }
}
