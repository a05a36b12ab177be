import ArgumentParser
import Foundation
import MTL

/// How an adapter is trained: the words of a specification as options.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The adapter's rank.") var rank = 16
  @Option(help: "The adapter's alpha; its part is scaled by alpha / rank.") var alpha = 16.0
  @Option(help: "The share of an adapter's inputs that is dropped in training.") var dropout = 0.0
  @Flag(help: "Scale by alpha / sqrt(rank).") var rslora = false

  @Option(help: ArgumentHelp("The adapted matrices, with commas between.", valueName: "q_proj,..."))
  var targets = "q_proj,k_proj,v_proj,o_proj"

  @Option(help: ArgumentHelp("Adapt the top n layers only.", valueName: "n")) var layers: Int?
  @Option(help: "The highest learning rate.") var learningRate = 3e-4
  @Option(help: "Decoupled weight decay.") var weightDecay = 0.0
  @Option(help: "The gradient's norm is clipped to this; 0 for never.") var maxGradNorm = 1.0
  @Option(help: "After the warm-up: constant, linear or cosine.") var schedule: LearningRateSchedule = .cosine
  @Option(help: "Warm-up steps: a share of all below 1, else a number.") var warmup = 0.03
  @Option(help: "Examples in a step.") var batchSize = 16
  @Option(help: "Passes over the data.") var epochs = 1
  @Option(help: "Tokens of an example; prompts are cut from the left.") var maxLength = 512
  @Option(help: "Of the adapter's initial values, the data's order and dropout.") var seed: UInt64 = 1
  @Flag(help: "Keep the data's order.") var noShuffle = false

  @Option(help: "Tokens that a worker computes at a time, as a bound on memory.") var microBatchTokens = 512

  func validate() throws {
    let problems = lora.problems + training.problems + unknownTargets
    if !problems.isEmpty { throw ValidationError(problems.joined(separator: "; ")) }
  }

  private var targetNames: [String] { targets.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }

  private var unknownTargets: [String] {
    targetNames.filter { LoRATarget(rawValue: $0) == nil }.map { name in
      let known = LoRATarget.allCases.map(\.rawValue)
      let nearest = nearestWord(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
      return "--targets has \(name), which is not among \(known.joined(separator: ", "))\(nearest)"
    }
  }

  var lora: LoRASettings {
    LoRASettings(
      rank: rank, alpha: alpha, dropout: dropout, rsLoRA: rslora, targets: targetNames.compactMap(LoRATarget.init),
      layers: layers.map { .top($0) } ?? .all)
  }

  var training: TrainingSettings {
    var settings = TrainingSettings()
    settings.learningRate = learningRate
    settings.weightDecay = weightDecay
    settings.maxGradNorm = maxGradNorm
    settings.schedule = schedule
    settings.warmup = warmup
    settings.batchSize = batchSize
    settings.epochs = epochs
    settings.maxLength = maxLength
    settings.seed = seed
    settings.shuffle = !noShuffle
    settings.microBatchTokens = microBatchTokens
    return settings
  }
}

extension LearningRateSchedule: ExpressibleByArgument {}
