import Foundation
import MTL
import Testing

@Suite struct SharedLibraryTests {
  @Test func theExampleIsCompiledLoadedReadAndJudged() throws {
    try withTemporaryDirectory { folder in
      let library = folder + "/opposites.so"
      try compilePlugin(repositoryFolder + "/Examples/SharedLibraryTask/opposites.c", to: library)
      var registry = TaskRegistry()
      try registry.register(plugin: library)
      let task = try #require(try registry.tasks().first)
      #expect(task.name == "opposites" && task.category == "Vocabulary")
      #expect(task.outputType == .generateUntil && task.generation.maxNewTokens == 8)
      let train = try task.examples(.train, limit: nil, seed: 1)
      #expect(train.map(\.id) == ["acute", "benign", "high"])
      #expect(train[1].prompt == "What is the opposite of benign?" && train[1].target == "malignant")
      #expect(try task.examples(.test, limit: 1, seed: 1).count == 1)
      #expect(try task.digest().count == 64)
      let metric = try #require(task.metrics.first)
      let parts = try metric.parts(of: [
        ExampleOutcome(prediction: "distal", references: ["distal"]),
        ExampleOutcome(prediction: "near", references: ["distal"]),
      ])
      #expect(parts == [[1], [0]])
      #expect(metric.score([1], count: 2) == 0.5)
      #expect(throws: TaskError.duplicateTask(name: "opposites")) { try registry.register(plugin: library) }
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var macros: [String]
    var says: String
    var testDescription: String { macros.joined(separator: " ") }
  }

  static let broken = [
    Case(macros: ["NO_ENTRY"], says: "it has no function mtl_plugin_entry"),
    Case(macros: ["NO_PLUGIN"], says: "mtl_plugin_entry gave NULL"),
    Case(macros: ["VERSION=7"], says: "is for version 7 of the plugin interface, and this program has 1"),
    Case(macros: ["COUNT=0"], says: "task_count is 0"),
    Case(macros: ["COUNT=4000000000u"], says: "task_count is 4000000000"),
    Case(macros: ["TASKS=NULL"], says: "tasks is NULL"),
    Case(macros: ["NAME=NULL"], says: "the name of task 1 is NULL"),
    Case(macros: [#"NAME="\xff""#], says: "the name of task 1 is not UTF-8 text"),
    Case(macros: [#"NAME="""#], says: "its name or category is empty"),
    Case(macros: [#"TYPE="essay""#], says: "the output_type `essay` is unknown"),
    Case(macros: ["OPEN=NULL"], says: "open_split, next_example or close_split is NULL"),
    Case(macros: [#"METRIC="m""#, "PARTS=65"], says: "metric_part_count is 65"),
    Case(macros: [#"LINE="not JSON""#], says: "test example 1 of task hostile of the plugin"),
    Case(macros: [#"LINE="[1]""#], says: "it is not a JSON object"),
    Case(macros: [#"LINE="{\"prompt\": \"p\"}""#], says: "there is no \"target\""),
    Case(macros: [#"LINE="{\"prompt\": 1, \"target\": \"t\"}""#], says: "\"prompt\" is not of the right type"),
    Case(macros: [#"LINE="\xff""#], says: "it is not UTF-8 text"),
    Case(macros: [#"TYPE="multiple_choice""#], says: "\"choices\" must list at least two answers"),
    Case(macros: [#"FAILURE="the disk is gone""#], says: "failed: the disk is gone"),
    Case(macros: [#"METRIC="m""#, "STATUS=3"], says: "the metric gave 3"),
    Case(macros: [#"METRIC="m""#, "PART=0.0/0.0"], says: "the metric's parts are not all numbers"),
  ]

  @Test(arguments: broken) func aBrokenLibraryIsAnErrorThatNamesIt(_ broken: Case) throws {
    try withTemporaryDirectory { folder in
      let library = folder + "/hostile.so"
      try compilePlugin(
        try fixture("hostile-plugin.c"), to: library,
        defining: broken.macros)
      let said = message {
        for task in try SharedLibrary(path: library).tasks {
          _ = try task.examples(.test, limit: nil, seed: 1)
          for metric in task.metrics { _ = try metric.parts(of: [ExampleOutcome(prediction: "x", references: ["y"])]) }
        }
      }
      #expect(said.contains(broken.says))
      #expect(said.contains(library))
    }
  }

  @Test func aMissingSplitAndAMissingLibraryAreErrors() throws {
    try withTemporaryDirectory { folder in
      let library = folder + "/plain.so"
      try compilePlugin(try fixture("hostile-plugin.c"), to: library)
      let task = try #require(try SharedLibrary(path: library).tasks.first)
      #expect(try task.examples(.test, limit: nil, seed: 1).map(\.id) == ["1"])
      #expect(throws: TaskError.emptySplit(task: "hostile", split: "train", file: library)) {
        try task.examples(.train, limit: nil, seed: 1)
      }
      #expect(message { _ = try SharedLibrary(path: folder + "/none.so") }.contains("there is no such file"))
      try write("not a library", to: folder + "/text.so")
      #expect(message { _ = try SharedLibrary(path: folder + "/text.so") }.hasPrefix("cannot load the plugin"))
    }
  }
}
