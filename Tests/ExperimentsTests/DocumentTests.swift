import Experiments
import Foundation
import MTL
import Testing

@Suite struct DocumentTests {
  private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "/documents-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files { try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
    try body(folder)
  }

  private func mistakes(_ body: () throws -> Void) -> [String] {
    let error = #expect(throws: ConfigurationError.self) { try body() }
    return error?.description.split(separator: "\n").map(String.init) ?? []
  }

  @Test func includedFilesAreMergedKeyByKey() throws {
    try withFiles([
      "a.yaml": "base: b\ntasks: t\nlora: {rank: 4, alpha: 8}\nbudget: {examples-per-task: 5}\nseeds: [1]",
      "b.yaml": "seeds: [4]\nunits: task",
      "c.yaml": "include: [a.yaml, b.yaml]\nlora: {rank: 8}\nbudget: null\nname: c",
    ]) { folder in
      let specification = try SweepSpecification.read(path: folder + "/c.yaml")
      #expect(specification.lora.rank == 8 && specification.lora.alpha == 8)
      #expect(specification.seeds == [4] && specification.units == .task && specification.name == "c")
      #expect(specification.budget == SweepSpecification.Budget(), "a null takes a key away")
    }
  }

  @Test func circlesAndMissingFilesAreMistakes() throws {
    try withFiles([
      "a.yaml": "include: b.yaml\nbase: b\ntasks: t", "b.yaml": "units: task\ninclude: a.yaml",
      "c.yaml": "base: b\ntasks: t\ninclude: none.yaml",
    ]) { folder in
      #expect(
        mistakes { _ = try SweepDocument.read(path: folder + "/a.yaml") } == [
          "\(folder)/b.yaml:2: `include` goes in a circle: a.yaml includes b.yaml includes a.yaml"
        ])
      #expect(
        mistakes { _ = try SweepDocument.read(path: folder + "/c.yaml") } == [
          "\(folder)/c.yaml:3: `include` names none.yaml, which is not there or not text"
        ])
    }
  }

  @Test func everyMistakeNamesTheFileAndLineOfItsValue() throws {
    try withFiles([
      "a.yaml": "base: b\ntasks: t\nlora:\n  rank: 0",
      "b.yaml":
        "include: a.yaml\nlora:\n  alpa: 3\nname: ${nme}\nvariables: {name: x}\ngrid: {seeds: [1], lora.dropout: [2]}",
    ]) { folder in
      #expect(
        mistakes { _ = try SweepDocument.read(path: folder + "/b.yaml", overrides: ["training.epochz=3", "rank"]) } == [
          "\(folder)/a.yaml:4: `lora.rank` must be at least 1, not 0",
          "\(folder)/b.yaml:3: `lora.alpa` is not a known key; did you mean `alpha`?",
          "\(folder)/b.yaml:4: `name` uses ${nme}, which `variables` does not hold; did you mean ${name}?",
          "\(folder)/b.yaml:6: `grid.seeds` cannot vary in a grid; base, base-storage, base-compute, template, "
            + "exclude-overlap, mixture, and what is in lora, training, budget and mixture can",
          "\(folder)/b.yaml:6: `lora.dropout` must be at least 0 and below 1",
          "command line: `rank` must be key=value, such as lora.rank=32",
          "command line: `training.epochz` is not a known key",
        ])
    }
  }

  @Test func variablesStandForValuesAndPartsOfTexts() throws {
    let text = """
      variables: {size: 135m, ranks: [4, 8], n: 3}
      base: smollm2-${size}
      tasks: t
      lora: {rank: "${n}"}
      grid: {training.batch-size: "${ranks}"}
      """
    let points = try SweepDocument.parse(text, file: "f.yaml", overrides: ["variables.size=360m"]).points()
    #expect(points.map(\.label) == ["training.batch-size=4", "training.batch-size=8"])
    #expect(points.map(\.specification.training.batchSize) == [4, 8])
    #expect(points.allSatisfy { $0.specification.base == "smollm2-360m" && $0.specification.lora.rank == 3 })
  }

  @Test func aGridIsEveryCombinationAndAnOverrideReplacesIt() throws {
    let text = "base: b\ntasks: t\ngrid: {lora.rank: [4, 8], base: [x, y]}"
    func labels(_ changes: [String]) throws -> [String] {
      try SweepDocument.parse(text, file: "f.yaml", overrides: changes).points().map(\.label)
    }
    #expect(
      try labels([]) == ["lora.rank=4, base=x", "lora.rank=4, base=y", "lora.rank=8, base=x", "lora.rank=8, base=y"])
    #expect(try labels(["lora.rank=2"]) == ["base=x", "base=y"])
    #expect(try labels(["grid.lora.rank=[16]", "base=z"]) == ["lora.rank=16"])
    #expect(throws: ConfigurationError.self) { try SweepSpecification.parse(text, file: "f.yaml") }
  }

  @Test func theWholeTextSaysTheSame() throws {
    let text = "base: b\ntasks: [t]\nvariables: {r: 3}\nlora: {rank: \"${r}\"}\ngrid: {training.batch-size: [1, 2]}"
    let document = try SweepDocument.parse(text, file: "folder/some.yaml", overrides: ["seeds=[7]"])
    let again = try SweepDocument.parse(try document.text(), file: "sweep.yaml")
    #expect(try again.points() == document.points())
    #expect(try again.points().first?.specification.name == "some")
  }

  @Test func mixturesAreReadAndEqualOnesAreEqual() throws {
    func specification(_ text: String) throws -> SweepSpecification {
      try SweepSpecification.parse("base: b\ntasks: t\nname: n\n\(text)", file: "f.yaml")
    }
    #expect(
      try specification("mixture: {examples-per-task: 9, epochs: 3}")
        == specification("budget: {examples-per-task: 9, epochs: 3}"), "so that they share their runs")
    let total = try specification("mixture: {policy: uniform, unit: category, total-examples: 30}")
    #expect(total.mixture?.budget == .totalExamples(30) && total.estimand == .equalTotal)
    #expect(try specification("mixture: {temperature: 2, examples-per-task: 9}").estimand == .equalExposure)
    #expect(
      mistakes { _ = try specification("mixture: {policy: uniform}") }.first?.contains("needs examples-per-task")
        == true)
    #expect(mistakes { _ = try specification("budget: {epochs: 1}\nmixture: {epochs: 1}") }.count == 1)
  }
}
