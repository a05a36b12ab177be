import Foundation
import MTL
import Testing

@Suite struct ModelSourceTests {
  @Test func smolLMConfigurationIsReadFromGGUF() throws {
    let source = try BaseModelFixture.source()
    #expect(
      source.configuration
        == ModelConfiguration(
          hiddenSize: 576, intermediateSize: 1536, layerCount: 30, headCount: 9, keyValueHeadCount: 3,
          headDimension: 64, vocabularySize: 49152, rmsNormEpsilon: 1e-5, ropeTheta: 100_000, tiedEmbeddings: true,
          maximumPositions: 8192, bosTokenID: 1, eosTokenIDs: [2]))
    #expect(source.kind == .gguf)
    #expect(source.output == nil)
    #expect(source.parameterCount == 134_515_008)
    #expect(source.typeCounts == [.q4_1: 210, .f32: 61, .q8_0: 1])
    #expect(source.byteCount == 98_362_432)
  }

  @Test func digestIsThatOfTheFile() throws {
    let source = try BaseModelFixture.source()
    #expect(source.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
  }

  @Test(arguments: ["llama-gqa", "llama-tied"]) func fixtureModelsOpen(name: String) throws {
    let source = try ModelSource.open(path: fixture(name + "/base"))
    let c = source.configuration
    #expect(c.tiedEmbeddings == (name == "llama-tied"))
    #expect((source.output == nil) == c.tiedEmbeddings)
    #expect(c.ropeTheta == (name == "llama-tied" ? 100_000 : 10_000))
    let norm = try source.tensor(.layer(0, .attentionNorm))
    #expect(norm.rows == 1 && norm.columns == c.hiddenSize)
    #expect(try source.tensor(.embedding).floats().count == c.vocabularySize * c.hiddenSize)
  }

  @Test func bothFormatsGiveTheSameWeights() throws {
    try withTemporaryDirectory { folder in
      try GGUFWriter.write(metadata: TinyModel.metadata, tensors: TinyModel.ggufTensors, to: folder + "/tiny.gguf")
      try SafetensorsWriter.write(TinyModel.safetensors, to: folder + "/model.safetensors")
      try write(TinyModel.config, to: folder + "/config.json")
      let gguf = try ModelSource.open(path: folder + "/tiny.gguf")
      let huggingFace = try ModelSource.open(path: folder)
      #expect(gguf.configuration == TinyModel.configuration)
      #expect(huggingFace.configuration == TinyModel.configuration)
      for name in CanonicalName.all(TinyModel.configuration) {
        #expect(try gguf.tensor(name).floats() == TinyModel.values(name).values, "\(name)")
        #expect(try huggingFace.tensor(name).floats() == TinyModel.values(name).values, "\(name)")
      }
    }
  }

  @Test func rowsOfQueriesComeInHuggingFaceOrder() throws {
    try withTemporaryDirectory { folder in
      try GGUFWriter.write(metadata: TinyModel.metadata, tensors: TinyModel.ggufTensors, to: folder + "/tiny.gguf")
      let q = try ModelSource.open(path: folder + "/tiny.gguf").tensor(.layer(1, .q))
      #expect((0..<16).map(q.rowOrder.storedRow) == [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15])
      var part = [Float](repeating: .nan, count: 5 * 32)
      q.dequantise(rows: 3..<8, into: &part)
      #expect(part == Array(TinyModel.values(.layer(1, .q)).values[3 * 32..<8 * 32]))
      var copied = [Float](repeating: .nan, count: 5 * 32)
      copied.withUnsafeMutableBytes { bytes in
        if let address = bytes.baseAddress { q.copyBytes(rows: 3..<8, into: address) }
      }
      #expect(copied == part)
      let rowBytes = Array(q.bytes(ofRow: 5))
      #expect(rowBytes == part[2 * 32..<3 * 32].withUnsafeBytes { Array($0) })
    }
  }

  @Test func shardsAreFoundThroughTheIndex() throws {
    try withTemporaryDirectory { folder in
      let tensors = TinyModel.safetensors
      let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
      try SafetensorsWriter.write(Array(tensors.prefix(5)), to: folder + "/" + names[0])
      try SafetensorsWriter.write(Array(tensors.dropFirst(5)), to: folder + "/" + names[1])
      var map: [String: String] = [:]
      for (i, tensor) in tensors.enumerated() { map[tensor.name] = names[i < 5 ? 0 : 1] }
      try JSONEncoder().encode(["weight_map": map])
        .write(to: URL(fileURLWithPath: folder + "/model.safetensors.index.json"))
      try write(TinyModel.config, to: folder + "/config.json")
      let source = try ModelSource.open(path: folder)
      #expect(source.weightPaths.count == 2)
      for name in CanonicalName.all(TinyModel.configuration) {
        #expect(try source.tensor(name).floats() == TinyModel.values(name).values, "\(name)")
      }
    }
  }
}
