import Foundation
import MTL
import Testing

/// Random damage with a seed: a reader may refuse or accept it, and must come back.
@Suite struct FormatFuzzTests {
  /// One to four changes of the kinds that break readers, mostly within the first `header` bytes.
  private func mutated(_ original: Data, header: Int, _ generator: inout SeededGenerator) -> Data {
    var data = original
    let extremes: [UInt64] = [0, 1, 0x7f, 0xff, 0xffff_ffff, 1 << 31, 1 << 32, 1 << 62, .max >> 1, .max, .max - 31]
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !data.isEmpty {
      let limit = Int.random(in: 0..<10, using: &generator) == 0 ? data.count : min(header, data.count)
      let at = Int.random(in: 0..<limit, using: &generator)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0...2: data[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 3...4: data[at] = UInt8.random(in: 0...255, using: &generator)
      case 5:
        let bytes = Swift.withUnsafeBytes(of: extremes.randomElement(using: &generator) ?? 0) { Array($0) }
        for (i, byte) in bytes.enumerated() where at + i < data.count { data[at + i] = byte }
      case 6: data.insert(UInt8.random(in: 0...255, using: &generator), at: at)
      default: data.remove(at: at)
      }
    }
    return Int.random(in: 0..<20, using: &generator) == 0
      ? Data(data.prefix(Int.random(in: 0...data.count, using: &generator))) : data
  }

  /// How many of `count` mutations of the file `name` of a model are accepted.
  private func accepted(_ count: Int, file name: String, header: Int, model path: String, seed: UInt64) throws -> Int {
    let url = URL(fileURLWithPath: name)
    let original = try Data(contentsOf: url)
    var generator = SeededGenerator(seed: seed)
    var accepted = 0
    for _ in 0..<count {
      try mutated(original, header: header, &generator).write(to: url)
      if outcome(path) == "opened" { accepted += 1 }
    }
    return accepted
  }

  @Test func damagedGGUFNeverCrashes() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/model.gguf"
      try SmallestModel.gguf.write(to: URL(fileURLWithPath: path))
      let accepted = try accepted(3000, file: path, header: 1900, model: path, seed: 11)
      #expect(accepted > 0 && accepted < 1500, "\(accepted) of 3000 accepted")
    }
  }

  @Test(arguments: ["model.safetensors", "config.json", "tokenizer.json"])
  func damagedHuggingFaceFilesNeverCrash(name: String) throws {
    try withTemporaryDirectory { folder in
      try write(SmallestModel.config, to: folder + "/config.json")
      try write(SmallestModel.tokenizer, to: folder + "/tokenizer.json")
      try SafetensorsWriter.write(SmallestModel.safetensors, to: folder + "/model.safetensors")
      let accepted = try accepted(1000, file: folder + "/" + name, header: 900, model: folder, seed: 13)
      #expect(accepted > 0 && accepted < 700, "\(accepted) of 1000 accepted")
    }
  }
}
