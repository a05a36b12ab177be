/// The sizes and constants of a LLaMA model.
public struct ModelConfiguration: Codable, Sendable, Hashable {
  /// D, the model width.
  public var hiddenSize: Int
  /// F, the feed-forward width.
  public var intermediateSize: Int
  /// L.
  public var layerCount: Int
  /// H, the query heads.
  public var headCount: Int
  /// K, the key/value heads; divides H.
  public var keyValueHeadCount: Int
  /// Dh, even; H * Dh need not be D.
  public var headDimension: Int
  /// V.
  public var vocabularySize: Int
  /// Added to the mean square before the root.
  public var rmsNormEpsilon: Float
  /// The base of the rotary frequencies.
  public var ropeTheta: Float
  /// How the rotary frequencies are changed for longer contexts.
  public var ropeScaling: RoPEScaling
  /// Whether the output matrix is the embedding matrix.
  public var tiedEmbeddings: Bool
  /// The longest sequence the model was made for.
  public var maximumPositions: Int
  /// The token a text begins with, where the model has one.
  public var bosTokenID: Int?
  /// The tokens that end a text; the first is the usual one.
  public var eosTokenIDs: [Int]

  /// A configuration as given; `problems` says whether it can be one.
  public init(
    hiddenSize: Int, intermediateSize: Int, layerCount: Int, headCount: Int, keyValueHeadCount: Int,
    headDimension: Int, vocabularySize: Int, rmsNormEpsilon: Float = 1e-6, ropeTheta: Float = 10_000,
    ropeScaling: RoPEScaling = .none, tiedEmbeddings: Bool = false, maximumPositions: Int = 2048,
    bosTokenID: Int? = nil, eosTokenIDs: [Int] = []
  ) {
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
    self.vocabularySize = vocabularySize
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
    self.ropeScaling = ropeScaling
    self.tiedEmbeddings = tiedEmbeddings
    self.maximumPositions = maximumPositions
    self.bosTokenID = bosTokenID
    self.eosTokenIDs = eosTokenIDs
  }

  /// H * Dh, the width of the queries.
  public var queryWidth: Int { headCount * headDimension }

  /// K * Dh, the width of the keys and of the values.
  public var keyValueWidth: Int { keyValueHeadCount * headDimension }

  /// Everything that keeps this from being a model, one phrase each; empty for a sound configuration.
  public var problems: [String] {
    var problems: [String] = []
    // The maxima are far above any model and keep every product of two sizes within 64 bits.
    func check(_ name: String, _ value: Int, _ maximum: Int) {
      if value < 1 || value > maximum { problems.append("\(name) is \(value), not from 1 to \(maximum)") }
    }
    check("hidden size", hiddenSize, 1 << 20)
    check("intermediate size", intermediateSize, 1 << 22)
    check("number of layers", layerCount, 1 << 12)
    check("number of heads", headCount, 1 << 14)
    check("number of key/value heads", keyValueHeadCount, 1 << 14)
    check("head dimension", headDimension, 1 << 14)
    check("vocabulary size", vocabularySize, 1 << 24)
    check("maximum of positions", maximumPositions, 1 << 30)
    if keyValueHeadCount >= 1, headCount % keyValueHeadCount != 0 {
      problems.append("\(headCount) heads cannot share \(keyValueHeadCount) key/value heads evenly")
    }
    if headDimension % 2 != 0 { problems.append("head dimension \(headDimension) is odd") }
    if !(rmsNormEpsilon > 0 && rmsNormEpsilon < 1) {
      problems.append("RMSNorm epsilon is \(rmsNormEpsilon), not between 0 and 1")
    }
    if !(ropeTheta > 0 && ropeTheta.isFinite) { problems.append("RoPE theta is \(ropeTheta), not positive") }
    problems += ropeScaling.problems(headDimension: headDimension)
    for id in eosTokenIDs + [bosTokenID].compactMap(\.self) where id < 0 || id >= vocabularySize {
      problems.append("token \(id) is not in the vocabulary of \(vocabularySize)")
    }
    return problems
  }

  /// Returns the configuration when it has no problems.
  ///
  /// - Throws: `FormatError.damaged` with all of them.
  func validated(path: String) throws -> ModelConfiguration {
    let problems = problems
    guard problems.isEmpty else {
      throw FormatError.damaged(path: path, reason: problems.joined(separator: ", "))
    }
    return self
  }
}
