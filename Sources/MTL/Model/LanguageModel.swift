/// A frozen LLaMA model in memory: one resident copy, shared by every run and worker.
public final class LanguageModel: Sendable {
  /// Sizes and constants.
  public let configuration: ModelConfiguration
  /// How the weights are held.
  public let storage: BaseStorage
  /// The precision of the products with the weights.
  public let compute: BaseCompute
  package let embedding: WeightMatrix  // [V, D]
  package let layers: [TransformerLayer]
  package let finalNorm: RMSNorm
  package let output: OutputLoss
  package let rotary: RotaryEmbedding

  /// Positions that rotary tables are made for, unless the model allows fewer.
  private static let mostPositions = 32_768

  /// Reads the weights of `source`.
  ///
  /// - Throws: ``FormatError`` for a tensor that is missing or has a wrong shape.
  public init(_ source: ModelSource, storage: BaseStorage = .fp32, compute: BaseCompute = .fp32) throws {
    OpenBLAS.useOneThread()
    let configuration = source.configuration
    self.configuration = configuration
    self.storage = storage
    self.compute = compute
    func matrix(_ names: CanonicalName...) throws -> WeightMatrix {
      WeightMatrix(try names.map { try source.tensor($0) }, storage: storage, compute: compute)
    }
    func norm(_ name: CanonicalName) throws -> RMSNorm {
      let weight = WeightMatrix([try source.tensor(name)], storage: .fp32)
      let buffer = FloatBuffer(count: configuration.hiddenSize)
      weight.expand(0..<weight.rows, into: buffer.pointer)
      return RMSNorm(weight: buffer, epsilon: configuration.rmsNormEpsilon)
    }
    embedding = try matrix(.embedding)
    output = OutputLoss(head: configuration.tiedEmbeddings ? embedding : try matrix(.output))
    finalNorm = try norm(.finalNorm)
    layers = try (0..<configuration.layerCount).map { i in
      TransformerLayer(
        index: i, configuration: configuration, attentionNorm: try norm(.layer(i, .attentionNorm)),
        qkv: try matrix(.layer(i, .q), .layer(i, .k), .layer(i, .v)), attentionOutput: try matrix(.layer(i, .o)),
        mlpNorm: try norm(.layer(i, .mlpNorm)), gateUp: try matrix(.layer(i, .gate), .layer(i, .up)),
        down: try matrix(.layer(i, .down)))
    }
    rotary = RotaryEmbedding(
      frequencies: configuration.rotaryFrequencies,
      positions: Self.maximumLength(configuration))
    if storage != .asStored { source.releasePages() }
  }

  /// The longest sequence that a model of these sizes computes.
  public static func maximumLength(_ configuration: ModelConfiguration) -> Int {
    min(configuration.maximumPositions, mostPositions)
  }

  /// The longest sequence that it computes.
  public var maximumLength: Int { rotary.positions }

  /// Bytes of weights held in memory.
  public var byteCount: Int {
    let tied = output.head === embedding
    return embedding.byteCount + (tied ? 0 : output.head.byteCount)
      + layers.reduce(0) {
        $0 + $1.qkv.byteCount + $1.attentionOutput.byteCount + $1.gateUp.byteCount + $1.down.byteCount
      }
  }
}
