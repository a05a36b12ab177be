import Foundation

/// The weights of a Hugging Face directory: `model.safetensors`, or the shards its index names.
struct SafetensorsCheckpoint {
  /// The files in the order of their names.
  let files: [MappedFile]
  private let shards: [SafetensorsFile]
  private let shardOf: [String: Int]
  private let path: String

  /// Every tensor's name.
  var names: Set<String> { Set(shardOf.keys) }

  private struct Index: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  init(directory: String) throws {
    let manager = FileManager.default
    let single = directory + "/model.safetensors"
    let index = single + ".index.json"
    if manager.fileExists(atPath: single) {
      let file = try SafetensorsFile(path: single)
      shards = [file]
      shardOf = file.tensors.mapValues { _ in 0 }.merging(file.otherTensors.mapValues { _ in 0 }) { first, _ in first }
    } else if manager.fileExists(atPath: index) {
      (shards, shardOf) = try Self.open(index: index, directory: directory)
    } else if manager.fileExists(atPath: directory + "/pytorch_model.bin") {
      throw FormatError.unsupported(path: directory, what: "pytorch_model.bin (model.safetensors is)")
    } else {
      throw FormatError.unreadable(path: directory, reason: "it has no model.safetensors")
    }
    files = shards.map(\.file)
    path = directory
  }

  func tensor(_ name: String) throws -> TensorEntry {
    guard let shard = shardOf[name] else {
      throw FormatError.damaged(path: path, reason: "it has no tensor \(name)")
    }
    return try shards[shard].tensor(name)
  }

  private static func open(index path: String, directory: String) throws -> ([SafetensorsFile], [String: Int]) {
    let data = try MappedFile.contents(of: path, limit: SafetensorsFile.maximumHeaderByteCount)
    let map: [String: String]
    do {
      map = try JSONDecoder().decode(Index.self, from: data).weightMap
    } catch let error as DecodingError {
      throw FormatError.damaged(path: path, reason: error.sentence)
    }
    let names = Set(map.values).sorted()
    guard !names.isEmpty, names.count <= 4096 else {
      throw FormatError.damaged(path: path, reason: "it names \(names.count) files")
    }
    // A name with a slash could lead anywhere on the disk.
    if let name = names.first(where: { $0.contains("/") || $0.hasPrefix(".") || $0.utf8.contains(0) }) {
      throw FormatError.damaged(path: path, reason: "it names a file outside its directory, \(name)")
    }
    let shards = try names.map { try SafetensorsFile(path: directory + "/" + $0) }
    let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    return (shards, map.compactMapValues { numbers[$0] })
  }
}
