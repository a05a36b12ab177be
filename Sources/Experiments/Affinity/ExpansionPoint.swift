import Foundation
import MTL
import TaskAffinity

/// Where estimators take their gradients: an adapter trained on every unit, with AdamW's moments, at several steps.
///
/// It is the sweep's own run on all units, step for step, so that its parameters have the same bits.
public struct ExpansionPoint: Sendable {
  /// The state after a step.
  public struct Checkpoint: Sendable {
    /// Steps done.
    public var step: Int
    /// The learning rate of the last of them.
    public var learningRate: Double
    /// The adapter's flat vector.
    public var parameters: [Float]
    /// AdamW's moments, without bias correction.
    public var first: [Float]
    /// See `first`.
    public var second: [Float]
  }

  /// States evenly spaced over the training as far as it was followed, the last one where that ends.
  public let checkpoints: [Checkpoint]
  /// Processor seconds of the training.
  public let seconds: Double

  /// The state at the end.
  var last: Checkpoint { checkpoints[checkpoints.count - 1] }

  /// Trains as far as the share `at` of all steps, or takes what an earlier call has kept.
  ///
  /// - Throws: `TrainingError`, `FormatError`, `Stopped` once the pool's flag is raised.
  init(
    _ context: RunContext, run: PlannedRun, checkpoints count: Int, at share: Double, pool: WorkerPool,
    cache: AffinityCache, report: (AffinityEvent) -> Void
  ) throws {
    guard let lora = run.settings.lora, let training = run.settings.training else { throw TrainingError.noExamples }
    var parts = ["run": run.id, "checkpoints": "\(count)"]
    if share != 1 { parts["at"] = "\(share)" }
    let key = try cache.key("expansion", parts)
    let layout = AdapterLayout(lora, context.model.configuration)
    if let kept = try cache.read(key, { try Self.read($0, parameters: layout.count) }) {
      (checkpoints, seconds) = kept
      return
    }
    let start = Machine.processorSeconds
    let trainer = try Trainer(
      model: context.model, adapter: Adapter(layout: layout, seed: training.seed),
      data: try context.data.trainingData(run.settings), settings: training, pool: pool, cache: context.cache)
    let steps = Int((Double(trainer.stepCount) * min(max(share, 0), 1)).rounded())
    let wanted = Set((1...max(1, count)).map { min(steps, max(1, steps * $0 / max(1, count))) })
    var states: [Checkpoint] = []
    func keep(_ step: Int, learningRate: Double) {
      if wanted.contains(step) {
        states.append(
          Checkpoint(
            step: step, learningRate: learningRate, parameters: trainer.adapter.parameters.values,
            first: trainer.optimizer.firstMoments.values, second: trainer.optimizer.secondMoments.values))
      }
    }
    if steps == 0 { keep(0, learningRate: training.learningRate) }
    for _ in 0..<steps {
      let step = try trainer.step()
      report(.step("training on all units", step.step, of: steps))
      keep(step.step, learningRate: step.learningRate)
    }
    checkpoints = states
    seconds = Machine.processorSeconds - start
    let (kept, spent) = (states, seconds)
    try cache.write(key) { file in
      try file.write(kept.map { Int64($0.step) }, to: "/step")
      try file.write(kept.map(\.learningRate), to: "/learning_rate")
      for (name, part) in [("parameters", \Checkpoint.parameters), ("first", \.first), ("second", \.second)] {
        try file.write(kept.flatMap { $0[keyPath: part] }, shape: [kept.count, layout.count], to: "/" + name)
      }
      try file.setAttribute("processor-seconds", .double(spent))
    }
  }

  private static func read(_ file: HDF5File, parameters: Int) throws -> ([Checkpoint], Double) {
    let steps = try file.read("/step", as: Int64.self).values
    let rates = try file.read("/learning_rate", as: Double.self, shape: [steps.count]).values
    func part(_ name: String) throws -> [Float] {
      try file.read("/" + name, as: Float.self, shape: [steps.count, parameters]).values
    }
    let (values, first, second) = (try part("parameters"), try part("first"), try part("second"))
    guard !steps.isEmpty else { throw FormatError.damaged(path: file.path, reason: "it has no checkpoint") }
    let states = steps.indices.map { index in
      let range = index * parameters..<(index + 1) * parameters
      return Checkpoint(
        step: Int(steps[index]), learningRate: rates[index], parameters: Array(values[range]),
        first: Array(first[range]), second: Array(second[range]))
    }
    return (states, try file.double(attribute: "processor-seconds"))
  }
}

extension ExpansionPoint.Checkpoint {
  /// The adapter at this state.
  func adapter(_ lora: LoRASettings, _ configuration: ModelConfiguration) -> Adapter {
    let adapter = Adapter(layout: AdapterLayout(lora, configuration))
    adapter.parameters.assign(parameters)
    return adapter
  }

  /// AdamW's preconditioner 1 / (sqrt(v) + eps), v corrected for its bias. Parameters that hardly ever had a gradient
  /// are held to a hundredth of the mean root, since for them the quotient is noise. Ones before the first step.
  func preconditioner(beta2: Double, epsilon: Double) -> [Float] {
    if step == 0 { return Array(repeating: 1, count: second.count) }
    let correction = Float(1 / (1 - pow(beta2, Double(step))))
    let roots = second.map { ($0 * correction).squareRoot() }
    let mean = roots.reduce(0.0) { $0 + Double($1) } / Double(max(1, roots.count))
    let floor = Float(max(epsilon, 0.01 * mean))
    return roots.map { 1 / ($0 + floor) }
  }
}
