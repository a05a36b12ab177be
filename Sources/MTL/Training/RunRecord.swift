import Foundation

/// All that a run file holds: what was trained, how far, and how it scored.
public struct RunRecord: Sendable, Equatable {
  /// ``RunIdentity/id(settings:digests:)`` of the settings and digests.
  public var runID: String
  /// The run's settings as canonical JSON.
  public var settings: String
  /// What the run depends on (`base`, `data`, `manifest`) to its SHA-256 in hexadecimal digits.
  public var digests: [String: String]
  /// The version of the program that wrote it.
  public var programVersion: String
  /// What the result depends on beyond settings and files, such as processor and libraries, and what explains it.
  public var environment: [String: String]
  /// The adapter's settings.
  public var lora: LoRASettings
  /// The adapter's factors.
  public var adapterTensors: [AdapterTensor]
  /// The optimizer's state; nil once it is not needed any more.
  public var optimizer: OptimizerState?
  /// Where in the data the run stands, as JSON.
  public var cursor: String
  /// One entry an optimizer step.
  public var history: [TrainingStep]
  /// One entry a task.
  public var evaluation: [TaskEvaluation]
  /// Whether nothing is left to do.
  public var isFinished: Bool

  /// A record of these parts.
  public init(
    runID: String, settings: String, digests: [String: String], programVersion: String,
    environment: [String: String] = [:], lora: LoRASettings, adapterTensors: [AdapterTensor],
    optimizer: OptimizerState? = nil, cursor: String = "{}", history: [TrainingStep] = [],
    evaluation: [TaskEvaluation] = [], isFinished: Bool
  ) {
    self.runID = runID
    self.settings = settings
    self.digests = digests
    self.programVersion = programVersion
    self.environment = environment
    self.lora = lora
    self.adapterTensors = adapterTensors
    self.optimizer = optimizer
    self.cursor = cursor
    self.history = history
    self.evaluation = evaluation
    self.isFinished = isFinished
  }
}

/// What a run file says about its run, its evaluation and adapter apart.
public struct RunSummary: Sendable, Equatable {
  /// As in ``RunRecord``.
  public var runID: String
  /// Canonical JSON.
  public var settings: String
  /// As in ``RunRecord``.
  public var digests: [String: String]
  /// The version of the program that wrote it.
  public var programVersion: String
  /// As in ``RunRecord``.
  public var environment: [String: String]
  /// Whether nothing is left to do.
  public var isFinished: Bool
}

/// AdamW's state after `step` steps.
public struct OptimizerState: Sendable, Equatable {
  /// Steps done.
  public var step: Int
  /// Running means of the gradient and of its square, in the order of the adapter's flat parameter vector.
  public var firstMoments: [Float]
  /// See `firstMoments`.
  public var secondMoments: [Float]

  /// A state of these parts.
  public init(step: Int, firstMoments: [Float], secondMoments: [Float]) {
    self.step = step
    self.firstMoments = firstMoments
    self.secondMoments = secondMoments
  }
}
