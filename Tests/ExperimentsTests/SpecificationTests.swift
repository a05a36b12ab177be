import Experiments
import Foundation
import MTL
import TaskAffinity
import Testing

@Suite struct SpecificationTests {
  @Test func everyMistakeIsReportedAtOnceWithItsLine() throws {
    let text = """
      name: bad
      bass: smollm2-135m
      tasks: [tasks/quickstart]
      subsets: al
      seeds: [1, 1]
      budget: {examples-per-task: 0}
      lora:
        rank: sixteen
        targets: [q_prj]
        dropout: 1.5
      training:
        schedule: cosin
        batch-size: 0
      """
    let error = #expect(throws: ConfigurationError.self) { try SweepSpecification.parse(text, file: "bad.yaml") }
    #expect(
      error?.description == """
        bad.yaml:1: `base` is missing
        bad.yaml:2: `bass` is not a known key; did you mean `base`?
        bad.yaml:4: `subsets` must be all, singles, pairs, leave-one-out, block-design, {random: ...} or a list of lists, \
        not `al`; did you mean `all`?
        bad.yaml:5: `seeds` must be different whole numbers, none of them negative
        bad.yaml:6: `budget.examples-per-task` must be at least 1, not 0
        bad.yaml:8: `lora.rank` must be a whole number, not `sixteen`
        bad.yaml:9: `lora.targets` must be among q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, not \
        `q_prj`; did you mean `q_proj`?
        bad.yaml:10: `lora.dropout` must be at least 0 and below 1
        bad.yaml:12: `training.schedule` must be one of constant, linear, cosine, not `cosin`; did you mean `cosine`?
        bad.yaml:13: batch-size must be at least 1
        """)
  }

  @Test func theSlurmSectionIsReadAndItsMistakesAreReported() throws {
    let start = "base: b\ntasks: [t]\n"
    let text =
      start + """
        slurm:
          partition: gpu
          time: 1-12:30:00
          memory: 8G
          cpus: 4
          width: 20
          array-size: 50
          signal-seconds: 120
          poll-seconds: 30
          setup: [module load openblas]
          extra: ["--account=x", --exclusive]
        """
    let slurm = try SweepSpecification.parse(text, file: "s.yaml").slurm
    #expect(slurm.partition == "gpu" && slurm.time == "1-12:30:00" && slurm.memory == "8G" && slurm.cpus == 4)
    #expect(slurm.width == 20 && slurm.arraySize == 50 && slurm.signalSeconds == 120 && slurm.pollSeconds == 30)
    #expect(slurm.setup == ["module load openblas"] && slurm.extra == ["--account=x", "--exclusive"])
    let changed = try SweepDocument.parse(text, file: "s.yaml", overrides: ["slurm.time=4:00:00", "slurm.width=null"])
    let other = try changed.points()[0].specification.slurm
    #expect(other.time == "4:00:00" && other.width == nil && other.memory == "8G")

    let bad =
      start + """
        slurm:
          partition: --x
          time: soon
          memory: 8 GB
          cpu: 4
          width: 0
          signal-seconds: 100000
          poll-seconds: 0
          extra: [account, --array=1-9, -J]
        grid: {slurm.cpus: [1, 2]}
        """
    let error = #expect(throws: ConfigurationError.self) { try SweepSpecification.parse(bad, file: "s.yaml") }
    #expect(
      error?.description == """
        s.yaml:4: `slurm.partition` must be a partition's name, not `--x`
        s.yaml:5: `slurm.time` must be a time limit such as 90 (minutes), 4:00:00 or 1-12:00, not `soon`
        s.yaml:6: `slurm.memory` must be a size such as 8G or 500M, not `8 GB`
        s.yaml:7: `slurm.cpu` is not a known key; did you mean `cpus`?
        s.yaml:8: `slurm.width` must be at least 1, not 0
        s.yaml:9: `slurm.signal-seconds` must be at most 65535, not 100000
        s.yaml:10: `slurm.poll-seconds` must be above 0 and at most 3600
        s.yaml:11: `slurm.extra` cannot hold `--array=1-9`, which is set for every job
        s.yaml:11: `slurm.extra` cannot hold `-J`, which is set for every job
        s.yaml:11: `slurm.extra` must be options of sbatch such as "--account=x", not `account`
        s.yaml:12: `grid.slurm.cpus` cannot vary in a grid; base, base-storage, base-compute, template, exclude-overlap, \
        mixture, and what is in lora, training, budget and mixture can
        """)
  }

  @Test func textThatIsNotYAMLNamesItsLine() {
    let error = #expect(throws: ConfigurationError.self) {
      try SweepSpecification.parse("name: x\ntasks: [a\nbase: y: z\n", file: "f.yaml")
    }
    #expect(error?.mistakes.first?.line != nil)
    #expect(throws: ConfigurationError.self) { try SweepSpecification.parse("- a list", file: "f.yaml") }
  }

  @Test func designsAreReadAndWorkedOut() throws {
    func subsets(_ text: String) throws -> [String] {
      try SweepSpecification.parse("base: b\ntasks: t\nsubsets: \(text)", file: "f").trainedSubsets(
        units: ["A", "B", "C"]
      ).map(\.description)
    }
    #expect(try subsets("all") == ["A", "B", "C", "A+B", "A+C", "B+C", "A+B+C"])
    #expect(try subsets("singles") == ["A", "B", "C"])
    #expect(try subsets("pairs") == ["A+B", "A+C", "B+C"])
    #expect(try subsets("leave-one-out") == ["A+B+C", "B+C", "A+C", "A+B"])
    #expect(try subsets("[[B, A], [C]]") == ["A+B", "C"])
    #expect(try subsets("{random: {count: 2, size: 2, seed: 5}}").count == 2)
    #expect(throws: AffinityError.self) { try subsets("block-design") }
    let design = try SweepSpecification.parse("base: b\ntasks: t\nsubsets: block-design", file: "f")
    #expect(try design.trainedSubsets(units: "ABCDEFGH".map(String.init)).count == 31)
    #expect(try design.trainedSubsets(units: (1...20).map(String.init)).count == 42)
  }

  @Test func theShippedSpecificationsAreSoundAndCarryTheirCommand() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../experiments").standardized
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
    #expect(!files.isEmpty)
    for file in files {
      let path = folder.appending(path: file).path
      #expect(try !SweepDocument.read(path: path).points().isEmpty)
      let first = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").first
      #expect(first?.hasPrefix("# mtl sweep run experiments/\(file) --out ") == true, "\(file)")
    }
  }
}

@Suite struct SweepPlanTests {
  struct StubTask: InstructionTask {
    var name: String
    var category: String
    var data = "1"
    var outputType: OutputType { .loglikelihood }
    var metrics: [any Metric] { [] }
    var generation: TaskGeneration { TaskGeneration() }
    func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) throws -> [TaskExample] { [] }
    func digest() throws -> String { data }
  }

  private let tasks = [
    StubTask(name: "a", category: "QA"), StubTask(name: "b", category: "QA"), StubTask(name: "c", category: "IE"),
  ]

  private func plan(
    _ change: (inout SweepSpecification) -> Void = { _ in }, tasks: [StubTask]? = nil, base: String = "digest"
  ) throws -> SweepPlan {
    var specification = SweepSpecification(name: "s", base: "b", tasks: ["t"])
    specification.seeds = [1, 2]
    change(&specification)
    return try SweepPlan(specification, tasks: tasks ?? self.tasks, baseDigest: base, template: "chatml")
  }

  @Test func theBaseComesFirstAndEverySubsetHasEverySeed() throws {
    let runs = try plan().runs
    #expect(
      runs.map(\.title) == [
        "base", "IE seed 1", "QA seed 1", "IE+QA seed 1", "IE seed 2", "QA seed 2", "IE+QA seed 2",
      ])
    #expect(Set(runs.map(\.id)).count == runs.count)
    #expect(runs[2].settings.tasks == ["a", "b"])
  }

  @Test func idsAreThoseOfEarlierVersions() throws {
    let run = try plan { specification in
      specification.budget.examplesPerTask = 6
      specification.lora.layers = .top(2)
    }.runs[1]
    // What earlier versions wrote into run files: new settings at their defaults add nothing.
    #expect(
      try RunIdentity.canonicalJSON(run.settings) == """
        {"baseStorage":"fp32","budget":{"epochs":2,"examplesPerTask":6},"lora":{"alpha":16,"dropout":0.05,\
        "layers":{"top":2},"rank":16,"rsLoRA":false,"targets":["q_proj","k_proj","v_proj","o_proj"]},"seed":1,\
        "subset":["IE"],"tasks":["c"],"template":"chatml","training":{"batchSize":16,"beta1":0.9,\
        "beta2":0.999,"epochs":2,"epsilon":1e-08,"learningRate":0.0003,"maxGradNorm":1,"maxLength":512,\
        "microBatchTokens":512,"schedule":"cosine","seed":1,"shuffle":true,"warmup":0.03,"weightDecay":0},\
        "units":"category"}
        """)
  }

  @Test func aChangedSettingChangesExactlyTheRunsItAffects() throws {
    let before = try plan().runs
    #expect(try plan().runs == before)
    #expect(try plan { $0.name = "renamed" }.runs == before)
    #expect(try plan { ($0.slurm.cpus, $0.slurm.time) = (8, "1:00:00") }.runs == before)
    #expect(try plan { $0.evaluation.examplesPerTask = 3 }.runs.map(\.id) == before.map(\.id))
    let rank = try plan { $0.lora.rank = 8 }.runs
    #expect(rank[0].id == before[0].id && zip(rank, before).dropFirst().allSatisfy { $0.id != $1.id })
    // What the base computes in changes every run, the base's own scores included.
    #expect(zip(try plan { $0.baseCompute = .bf16 }.runs, before).allSatisfy { $0.id != $1.id })
    var changed = tasks
    changed[2].data = "2"
    let data = try plan(tasks: changed).runs
    for (new, old) in zip(data, before) { #expect((new.id == old.id) == !old.settings.subset.contains("IE")) }
    #expect(zip(try plan(base: "other").runs, before).allSatisfy { $0.id != $1.id })
    let fewer = try plan { $0.subsets = .singles }.runs
    #expect(Set(fewer.map(\.id)).isSubset(of: Set(before.map(\.id))), "sweeps that need the same run share it")
  }

  @Test func subsetsOfUnknownUnitsAreRefused() {
    #expect(throws: SweepError.unknownUnit("GEN", known: ["QA", "IE"])) {
      try plan { $0.subsets = .explicit([["QA", "GEN"]]) }
    }
  }
}
