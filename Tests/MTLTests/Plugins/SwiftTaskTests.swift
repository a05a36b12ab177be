import Foundation
import MTL
import Testing

@Suite struct SwiftTaskTests {
  @Test func theExampleProgramRegistersItsTaskAndPreviewsIt() throws {
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let result = try runProgram([folder.appending(path: "SwiftTaskExample").path])
    #expect(result.status == 0)
    let lines = result.text.split(separator: "\n")
    #expect(lines.first == "dose (Calculation)")
    #expect(lines.count == 4)
    #expect(lines.dropFirst().allSatisfy { $0.contains("How many millilitres hold") && $0.hasSuffix(" ml") })
  }

  struct Named: InstructionTask {
    let name: String
    let category = "QA"
    let outputType = OutputType.generateUntil
    let metrics: [any Metric] = []
    let generation = TaskGeneration()
    func digest() -> String { name }
    func examples(_ split: TaskSplit, limit: Int?, seed: UInt64) -> [TaskExample] {
      let all = (0..<50).map { TaskExample(id: "\($0)", prompt: "p", target: "t") }
      return sampled(all, split, limit: limit, seed: seed)
    }
  }

  @Test func tasksAreMadeWhenAskedForAndNamesAreUnique() throws {
    var registry = TaskRegistry()
    try registry.register(Named(name: "a"))
    try registry.register("broken") { throw TaskError.noTasks(path: "nowhere") }
    #expect(registry.names == ["a", "broken"])
    #expect(throws: TaskError.duplicateTask(name: "a")) { try registry.register(Named(name: "a")) }
    #expect(throws: TaskError.noTasks(path: "nowhere")) { try registry.tasks() }
    var other = TaskRegistry()
    try other.register(Named(name: "b"))
    #expect(try other.tasks(with: [Named(name: "a")]).map(\.name) == ["a", "b"])
    #expect(throws: TaskError.duplicateTask(name: "b")) { try other.tasks(with: [Named(name: "b")]) }
  }

  @Test func aSmallerSampleIsTheBeginningOfALargerOne() {
    let task = Named(name: "a")
    let few = task.examples(.train, limit: 5, seed: 3)
    #expect(few == Array(task.examples(.train, limit: 20, seed: 3).prefix(5)))
    #expect(few != task.examples(.train, limit: 5, seed: 4))
    #expect(task.examples(.train, limit: nil, seed: 3).map(\.id) == (0..<50).map(String.init))
  }
}
