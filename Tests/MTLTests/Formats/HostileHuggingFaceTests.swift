import Foundation
import MTL
import Testing

@Suite struct HostileHuggingFaceTests {
  /// The outcome of the smallest model's directory after `change` has been made to it.
  private func outcome(_ change: (String) throws -> Void) throws -> String {
    try withTemporaryDirectory { folder in
      try write(SmallestModel.config, to: folder + "/config.json")
      try write(SmallestModel.tokenizer, to: folder + "/tokenizer.json")
      try SafetensorsWriter.write(
        SmallestModel.safetensors, metadata: ["format": "pt"], to: folder + "/model.safetensors")
      try change(folder)
      return MTLTests.outcome(folder)
    }
  }

  /// The outcome of opening a safetensors file with this header and this much data.
  private func outcome(header: String, data: Int, length: UInt64? = nil) throws -> String {
    try withTemporaryDirectory { folder in
      var bytes = Swift.withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
      bytes.append(Data(header.utf8))
      bytes.append(Data(count: data))
      try bytes.write(to: URL(fileURLWithPath: folder + "/x.safetensors"))
      do {
        _ = try SafetensorsFile(path: folder + "/x.safetensors").tensor("a")
        return "opened"
      } catch {
        return "\(error)"
      }
    }
  }

  private func header(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"a":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  @Test func theUndamagedDirectoryOpens() throws {
    #expect(try outcome { _ in } == "opened")
    #expect(try outcome(header: header("F32", "[2]", "[0,8]"), data: 8) == "opened")
    #expect(try outcome(header: header("BF16", "[2,2]", "[0,8]"), data: 8) == "opened")
    #expect(try outcome(header: header("F16", "[0]", "[0,0]"), data: 0) == "opened")
  }

  @Test func aFileCutShortAnywhereIsDamaged() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/x.safetensors"
      try SafetensorsWriter.write([("a", [3], [1, 2, 3]), ("b", [1, 1], [4])], metadata: ["k": "v"], to: path)
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      for length in 0..<data.count {
        try data.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: FormatError.self, "\(length) bytes") { try SafetensorsFile(path: path) }
      }
    }
  }

  @Test func headersThatLieAboutTheirLengthAreRefused() throws {
    let good = header("F32", "[2]", "[0,8]")
    #expect(try outcome(header: good, data: 8, length: .max).contains("its header claims 18446744073709551615 bytes"))
    #expect(try outcome(header: good, data: 8, length: 1 << 30).contains("its header claims"))
    #expect(try outcome(header: good, data: 8, length: 20).contains("its header is not as expected"))
    #expect(try outcome(header: good, data: 8, length: 0).contains("its header is not as expected"))
    #expect(try outcome(header: "[]", data: 0).contains("its header is not as expected"))
    let deep = String(repeating: "[", count: 100_000)
    #expect(try outcome(header: deep, data: 0).contains("its header is not as expected"))
  }

  @Test func offsetsOutsideTheDataAreRefused() throws {
    for offsets in ["[0,9]", "[-8,0]", "[8,0]", "[8,16]", "[0]", "[]", "[0,8,8]", "[0,9223372036854775807]"] {
      #expect(
        try outcome(header: header("F32", "[2]", offsets), data: 8).contains("lies outside the data"), "\(offsets)")
    }
    for offsets in ["[0,18446744073709551616]", "[0.5,8]", "\"0,8\"", "null"] {
      #expect(try outcome(header: header("F32", "[2]", offsets), data: 8).contains("not as expected"), "\(offsets)")
    }
  }

  @Test func overlapsAndHolesAreRefused() throws {
    func two(_ first: String, _ second: String) -> String {
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":\#(first)},"#
        + #""b":{"dtype":"F32","shape":[2],"data_offsets":\#(second)}}"#
    }
    #expect(try outcome(header: two("[0,8]", "[8,16]"), data: 16) == "opened")
    #expect(try outcome(header: two("[0,8]", "[4,12]"), data: 16).contains("begins at 4 of the data, where 8"))
    #expect(try outcome(header: two("[0,8]", "[0,8]"), data: 16).contains("begins at 0 of the data, where 8"))
    #expect(try outcome(header: two("[0,8]", "[12,20]"), data: 20).contains("begins at 12 of the data, where 8"))
    #expect(try outcome(header: two("[0,8]", "[8,16]"), data: 17).contains("17 bytes of data, its header says 16"))
  }

  @Test func shapesThatAreNegativeOverflowOrDisagreeAreRefused() throws {
    for shape in ["[-2]", "[4294967296,4294967296]", "[9223372036854775807,2]", "[1,1,1,1,1,1,1,1,2]", "[-1,-2]"] {
      #expect(try outcome(header: header("F32", shape, "[0,8]"), data: 8).contains("impossible shape"), "\(shape)")
    }
    #expect(try outcome(header: header("F32", "[3]", "[0,8]"), data: 8).contains("has 8 bytes, its shape needs 12"))
    #expect(try outcome(header: header("F32", "[1e400]", "[0,8]"), data: 8).contains("not as expected"))
  }

  @Test func otherElementTypesAreNamed() throws {
    #expect(try outcome(header: header("I64", "[1]", "[0,8]"), data: 8).contains("tensor type I64 of a"))
    #expect(try outcome(header: header("Q7", "[1]", "[0,8]"), data: 8).contains("element type Q7 of tensor a"))
  }

  @Test func missingExtraAndMisshapenTensorsAreNamed() throws {
    func changed(_ change: (inout [(name: String, shape: [Int], values: [Float])]) -> Void) throws -> String {
      var tensors = SmallestModel.safetensors
      change(&tensors)
      return try outcome { try SafetensorsWriter.write(tensors, to: $0 + "/model.safetensors") }
    }
    for i in SmallestModel.safetensors.indices {
      #expect(try changed { $0.remove(at: i) }.contains("it has no tensor \(SmallestModel.safetensors[i].name)"))
      #expect(
        try changed {
          $0[i].shape.insert(1, at: 0); $0[i].shape.append(1)
        }.contains("has shape"))
    }
    let bias = "model.layers.0.self_attn.q_proj.bias"
    #expect(try changed { $0.append((bias, [8], [0, 0, 0, 0, 0, 0, 0, 0])) }.contains("the tensor \(bias)"))
    #expect(try changed { $0.append(("lm_head.weight", [1], [0])) } == "opened")
    #expect(try changed { $0.append(("model.layers.0.self_attn.rotary_emb.inv_freq", [1], [0])) } == "opened")
  }

  @Test func anIndexMayOnlyNameFilesBesideIt() throws {
    func indexed(_ index: String) throws -> String {
      try outcome { folder in
        try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
        try write(index, to: folder + "/model.safetensors.index.json")
      }
    }
    #expect(try indexed(#"{"weight_map": {"a": "../x.safetensors"}}"#).contains("a file outside its directory"))
    #expect(try indexed(#"{"weight_map": {"a": "/etc/passwd"}}"#).contains("a file outside its directory"))
    #expect(try indexed(#"{"weight_map": {"a": "x.safetensors"}}"#).contains("x.safetensors: No such file"))
    #expect(try indexed(#"{"weight_map": {}}"#).contains("it names 0 files"))
    #expect(try indexed("{}").contains("weight_map is missing"))
    #expect(try indexed("{").contains("not valid JSON"))
  }

  @Test func filesThatAreMissingOrOfAnotherKindAreNamed() throws {
    let manager = FileManager.default
    #expect(try outcome { try manager.removeItem(atPath: $0 + "/config.json") }.contains("config.json: No such file"))
    #expect(try outcome { try manager.removeItem(atPath: $0 + "/tokenizer.json") }.contains("tokenizer.json: No such"))
    #expect(
      try outcome { try manager.removeItem(atPath: $0 + "/model.safetensors") }.contains("it has no model.safetensors"))
    let torch = try outcome {
      try manager.moveItem(atPath: $0 + "/model.safetensors", toPath: $0 + "/pytorch_model.bin")
    }
    #expect(torch.contains("pytorch_model.bin (model.safetensors is) is not supported"))
  }

  @Test(arguments: [
    (#""type": "BPE""#, #""type": "Unigram""#, "a tokenizer of kind Unigram"),
    (#""type": "BPE""#, #""type": "BPE", "byte_fallback": true"#, "byte fallback"),
    (#""decoder""#, #""normalizer": {"type": "NFC"}, "decoder""#, "a normalizer is not supported"),
    (#"{"type": "ByteLevel", "add_prefix_space": false}"#, #"{"type": "Whitespace"}"#, "the pre-tokenizer Whitespace"),
    (#"{"type": "ByteLevel", "add_prefix_space": false}"#, "null", "without a pre-tokenizer"),
    (#""add_prefix_space": false"#, #""add_prefix_space": true"#, "the pre-tokenizer ByteLevel"),
    (#""a b""#, #""a z""#, "merge 0, a z, is of tokens outside the vocabulary"),
    (#""a b""#, #""a b c""#, "merge 0 is not two tokens"),
    (#""d": 8"#, #""d": -8"#, "negative or there twice"),
    (#""d": 8"#, #""d": 7"#, "negative or there twice"),
    (#""d": 8"#, #""d": 4611686018427387904"#, "a token with the id 4611686018427387904"),
    (#""d": 8"#, #""d": 12"#, "its tokenizer has 13 tokens, its embeddings 12"),
    (#""id": 0"#, #""id": -1"#, "a token with the id -1"),
    (#""vocab""#, #""vocabulary""#, "vocab is missing"),
    (#""merges": ["#, #""merges": [7, "#, "the value has the wrong type"),
  ])
  func tokenizerJSONIsChecked(original: String, replacement: String, words: String) throws {
    #expect(SmallestModel.tokenizer.contains(original))
    let text = try outcome {
      try write(SmallestModel.tokenizer.replacing(original, with: replacement), to: $0 + "/tokenizer.json")
    }
    #expect(text.contains(words), "\(text)")
  }
}
