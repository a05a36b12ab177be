/// The work of a run.
public struct RunSize: Codable, Sendable, Hashable {
  /// Optimizer steps.
  public var steps = 0
  /// Tokens of all of them, prompts included.
  public var trainingTokens = 0
  /// Tokens of the prompts and answers that are scored.
  public var evaluationTokens = 0
  /// Most tokens that are generated.
  public var generatedTokens = 0
  /// Parameters of the adapter.
  public var parameters = 0
  /// The work in tokens of a forward pass through all layers, about: a training step is worth two and a half, through
  /// the adapted layers only where the states below are kept; a token that is generated, three.
  public var work = 0.0
  /// The work below the adapters, where their states are kept: done once for a sweep, so shared with other runs.
  public var sharedWork = 0.0

  /// No work.
  public init() {}

  /// Bytes of the finished run's file, about: the adapter, and what is kept of each example.
  public var fileBytes: Int { 4 * parameters + 64 * 1024 + 8 * evaluationTokens }

  /// Bytes of the state kept while it goes on: the adapter and two moments.
  public var checkpointBytes: Int { 12 * parameters + 64 * 1024 }
}
