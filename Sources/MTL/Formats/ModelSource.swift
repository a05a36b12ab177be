import Crypto
import Foundation
import Synchronization

/// The files of a base model: its configuration, and its weights as stored.
public final class ModelSource: Sendable {
  /// What kind of files hold the model.
  public enum Kind: String, Sendable, Codable {
    /// One GGUF file.
    case gguf = "GGUF"
    /// A directory with config.json, safetensors and tokenizer.json.
    case huggingFace = "Hugging Face"
  }

  /// The path it was opened with.
  public let path: String
  /// What kind of files hold it.
  public let kind: Kind
  /// Its sizes, validated; every weight's shape agrees with them.
  public let configuration: ModelConfiguration
  let gguf: GGUFFile?
  private let tensors: [CanonicalName: StoredTensor]
  private let weightFiles: [MappedFile]
  private let digest = Mutex<String?>(nil)

  /// Opens a GGUF file or a Hugging Face directory and checks every shape.
  ///
  /// - Throws: `FormatError`.
  public static func open(path: String) throws -> ModelSource {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw FormatError.unreadable(path: path, reason: systemReason(ENOENT))
    }
    return isDirectory.boolValue ? try ModelSource(directory: path) : try ModelSource(ggufPath: path)
  }

  /// Gives back the memory of what was read; reading again is possible.
  func releasePages() {
    for file in weightFiles { file.releasePages() }
  }

  private init(ggufPath path: String) throws {
    let gguf = try GGUFFile(path: path)
    let configuration = try ModelConfiguration(gguf: gguf)
    let headDimension = configuration.headDimension
    self.path = path
    self.kind = .gguf
    self.gguf = gguf
    self.configuration = configuration
    self.weightFiles = [gguf.file]
    self.tensors = try storedTensors(configuration, path: path, entries: gguf.tensors, naming: \.gguf) { name in
      switch name {
      case .layer(_, .q), .layer(_, .k): .interleavedPairs(headDimension: headDimension)
      default: .identity
      }
    }
    try refuseUnknown(Set(gguf.tensors.keys), configuration, path: path, naming: \.gguf) { $0 == "rope_freqs.weight" }
  }

  private init(directory path: String) throws {
    let configuration = try ModelConfiguration(huggingFace: path + "/config.json")
    let checkpoint = try SafetensorsCheckpoint(directory: path)
    self.path = path
    self.kind = .huggingFace
    self.gguf = nil
    self.configuration = configuration
    self.weightFiles = checkpoint.files
    var entries: [String: TensorEntry] = [:]
    for name in CanonicalName.all(configuration) { entries[name.huggingFace] = try checkpoint.tensor(name.huggingFace) }
    self.tensors = try storedTensors(configuration, path: path, entries: entries, naming: \.huggingFace) { _ in
      .identity
    }
    // Checkpoints with tied embeddings may store the copy too, and older ones their rotary frequencies.
    try refuseUnknown(checkpoint.names, configuration, path: path, naming: \.huggingFace) {
      $0 == CanonicalName.output.huggingFace || $0.hasSuffix(".rotary_emb.inv_freq")
    }
  }

  /// The weight called `name`.
  ///
  /// - Throws: `FormatError.damaged` for one the model does not have: the output where embeddings are tied.
  public func tensor(_ name: CanonicalName) throws -> StoredTensor {
    guard let tensor = tensors[name] else {
      throw FormatError.damaged(path: path, reason: "it has no tensor \(name.huggingFace)")
    }
    return tensor
  }

  /// The output matrix, or nil where it is the embedding matrix.
  public var output: StoredTensor? { tensors[.output] }

  /// Bytes of the weight files.
  public var byteCount: Int { weightFiles.reduce(0) { $0 + $1.byteCount } }

  /// Paths of the weight files, in the order the digest reads them.
  public var weightPaths: [String] { weightFiles.map(\.path) }

  /// Elements of all weights, a tied output counted once.
  public var parameterCount: Int { tensors.values.reduce(0) { $0 + $1.rows * $1.columns } }

  /// How many weights are stored as each type.
  public var typeCounts: [TensorType: Int] {
    tensors.values.reduce(into: [:]) { $0[$1.type, default: 0] += 1 }
  }

  /// SHA-256 over the bytes of the weight files, shards in the order of their names; computed once.
  public var sha256: String {
    digest.withLock { digest in
      if let digest { return digest }
      var hash = SHA256()
      for file in weightFiles { file.update(&hash) }
      let text = hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      digest = text
      return text
    }
  }
}

private func storedTensors(
  _ configuration: ModelConfiguration, path: String, entries: [String: TensorEntry],
  naming: KeyPath<CanonicalName, String>, rowOrder: (CanonicalName) -> RowOrder
) throws -> [CanonicalName: StoredTensor] {
  var tensors: [CanonicalName: StoredTensor] = [:]
  for name in CanonicalName.all(configuration) {
    guard let entry = entries[name[keyPath: naming]] else {
      throw FormatError.damaged(path: path, reason: "it has no tensor \(name[keyPath: naming])")
    }
    let (rows, columns) = name.shape(configuration)
    tensors[name] = try StoredTensor(entry, rows: rows, columns: columns, rowOrder: rowOrder(name))
  }
  return tensors
}

/// A weight that the engine would silently leave out (a bias, another norm) makes it another architecture.
private func refuseUnknown(
  _ names: Set<String>, _ configuration: ModelConfiguration, path: String, naming: KeyPath<CanonicalName, String>,
  except isHarmless: (String) -> Bool
) throws {
  let known = Set(CanonicalName.all(configuration).map { $0[keyPath: naming] })
  if let name = names.subtracting(known).sorted().first(where: { !isHarmless($0) }) {
    throw FormatError.unsupported(path: path, what: "the tensor \(name), which a LLaMA model does not have,")
  }
}
