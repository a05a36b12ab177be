import Foundation

/// How the learning rate changes after the warm-up.
public enum LearningRateSchedule: String, Codable, Sendable, CaseIterable {
  /// It stays.
  case constant
  /// Straight down to zero at the end.
  case linear
  /// Half a cosine down to zero at the end.
  case cosine
}

/// How an adapter is trained, the data and the adapter's shape apart.
public struct TrainingSettings: Codable, Sendable, Hashable {
  /// The highest learning rate.
  public var learningRate: Double = 3e-4
  /// Decoupled weight decay.
  public var weightDecay: Double = 0
  /// The gradient is scaled down to this norm where it is larger; 0 for never.
  public var maxGradNorm: Double = 1
  /// AdamW's decay of the first moment.
  public var beta1: Double = 0.9
  /// AdamW's decay of the second moment.
  public var beta2: Double = 0.999
  /// AdamW's epsilon, outside the root.
  public var epsilon: Double = 1e-8
  /// What follows the warm-up.
  public var schedule: LearningRateSchedule = .cosine
  /// Steps over which the rate rises: a fraction of all steps below 1, else a number of steps.
  public var warmup: Double = 0.03
  /// Examples in an optimizer step.
  public var batchSize: Int = 16
  /// Passes over the data.
  public var epochs: Int = 2
  /// Tokens of an example; a longer prompt is cut from the left.
  public var maxLength: Int = 512
  /// Of the adapter's initial values, the order of the data and dropout.
  public var seed: UInt64 = 1
  /// Whether the order of examples changes with every epoch.
  public var shuffle: Bool = true
  /// Tokens that one worker computes at a time, as a bound on memory; part of the result's identity, since sums are
  /// taken micro-batch by micro-batch.
  public var microBatchTokens: Int = 512

  /// The defaults.
  public init() {}

  /// The learning rate of step `step` (from 0) of `total`.
  public func learningRate(step: Int, of total: Int) -> Double {
    let warm = warmup < 1 ? (warmup * Double(total)).rounded(.up) : warmup
    if Double(step) < warm { return learningRate * Double(step + 1) / warm }
    let progress = (Double(step) - warm) / max(1, Double(total) - warm)
    switch schedule {
    case .constant: return learningRate
    case .linear: return learningRate * max(0, 1 - progress)
    case .cosine: return learningRate * 0.5 * (1 + cos(.pi * min(1, progress)))
    }
  }

  /// What is wrong with the values, a sentence each.
  public var problems: [String] {
    var problems: [String] = []
    func check(_ sound: Bool, _ problem: String) { if !sound { problems.append(problem) } }
    check(learningRate.isFinite && learningRate > 0, "learning-rate must be positive, not \(learningRate)")
    check(weightDecay.isFinite && weightDecay >= 0, "weight-decay must not be negative")
    check(maxGradNorm.isFinite && maxGradNorm >= 0, "max-grad-norm must not be negative")
    check(warmup.isFinite && warmup >= 0, "warmup must not be negative")
    check(batchSize > 0, "batch-size must be at least 1")
    check(epochs > 0, "epochs must be at least 1")
    check(maxLength > 1, "max-length must be at least 2")
    check(microBatchTokens > 0, "micro-batch-tokens must be at least 1")
    return problems
  }
}
