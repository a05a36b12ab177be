import Foundation
import MTL
import Testing

@Suite struct HostileGGUFTests {
  private func outcome(_ bytes: Data) throws -> String {
    try withTemporaryDirectory { folder in
      try bytes.write(to: URL(fileURLWithPath: folder + "/model.gguf"))
      return MTLTests.outcome(folder + "/model.gguf")
    }
  }

  /// The outcome with one metadata value replaced, or removed where it is nil.
  private func outcome(_ key: String, _ value: GGUFValue?) throws -> String {
    var metadata = SmallestModel.metadata.filter { $0.key != key }
    if let value { metadata.append((key, value)) }
    return try outcome(GGUFWriter.encode(metadata: metadata, tensors: SmallestModel.tensors))
  }

  private func outcome(tensors: [GGUFWriter.Tensor]) throws -> String {
    try outcome(GGUFWriter.encode(metadata: SmallestModel.metadata, tensors: tensors))
  }

  /// The outcome with bytes overwritten at `offset` from where `mark` ends.
  private func outcome(_ bytes: [UInt8], after mark: String, offset: Int = 0) throws -> String {
    var data = SmallestModel.gguf
    let end = try #require(data.range(of: Data(mark.utf8))).upperBound + offset
    data.replaceSubrange(end..<end + bytes.count, with: bytes)
    return try outcome(data)
  }

  private let ones = [UInt8](repeating: 0xff, count: 8)

  @Test(arguments: [UInt32(2), 3]) func theUndamagedFileOpens(version: UInt32) throws {
    let data = GGUFWriter.encode(
      metadata: SmallestModel.metadata, tensors: SmallestModel.tensors, version: version)
    #expect(try outcome(data) == "opened")
  }

  @Test func aFileCutShortAnywhereIsDamaged() throws {
    let data = SmallestModel.gguf
    // The last tensor fills its 32-byte slots, so every cut loses something.
    try withTemporaryDirectory { folder in
      let path = folder + "/model.gguf"
      for length in Array(0..<1500) + Array(stride(from: 1500, to: data.count, by: 37)) + [data.count - 1] {
        try data.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(MTLTests.outcome(path).contains("is damaged"), "\(length) bytes")
      }
    }
  }

  @Test func anotherMagicOrVersionIsNamed() throws {
    var data = SmallestModel.gguf
    data[0] = 0x67
    #expect(try outcome(data).contains("does not begin with GGUF"))
    for (version, words) in [(UInt8(1), "GGUF version 1"), (4, "GGUF version 4")] {
      #expect(try outcome([version], after: "GGUF").contains(words))
    }
    #expect(try outcome([0, 0, 0, 3], after: "GGUF").contains("big-endian"))
  }

  @Test func countsBeyondTheFileAreRefused() throws {
    #expect(try outcome(ones, after: "GGUF", offset: 4).contains("tensors, more than the file can hold"))
    #expect(try outcome(ones, after: "GGUF", offset: 12).contains("metadata pairs, more than the file can hold"))
    #expect(try outcome(ones, after: "tokenizer.ggml.tokens", offset: 8).contains("array elements, more than"))
    #expect(try outcome(ones, after: "general.architecture", offset: 4).contains("bytes of a string, more than"))
    #expect(try outcome([0xff, 0xff, 0xff, 0x7f], after: "GGUF", offset: 20).contains("bytes of a string, more than"))
  }

  @Test func unknownValueTypesAndTruthValuesAreRefused() throws {
    #expect(try outcome([13], after: "llama.block_count").contains("13 is no metadata type"))
    #expect(try outcome([7, 0, 0, 0, 2], after: "llama.block_count").contains("a truth value is 2"))
  }

  @Test func textThatIsNotUTF8IsRefused() throws {
    #expect(try outcome([0xff], after: "general.architecture", offset: 12).contains("is not UTF-8"))
    #expect(try outcome([0xc0, 0xaf], after: "tokenizer.chat_template", offset: 12).contains("is not UTF-8"))
  }

  @Test func deepArraysAreRefusedAndShallowOnesRead() throws {
    func nested(_ depth: Int) -> GGUFValue {
      depth == 0 ? .uint32(1) : .array(depth == 1 ? .uint32 : .array, [nested(depth - 1)])
    }
    #expect(try outcome("x", nested(4)) == "opened")
    #expect(try outcome("x", nested(5)).contains("nest deeper than 4"))
    #expect(try outcome("x", nested(5000)).contains("nest deeper than 4"))
  }

  @Test func theSameNameTwiceIsRefused() throws {
    let metadata = SmallestModel.metadata + [("llama.block_count", .uint32(1))]
    #expect(
      try outcome(GGUFWriter.encode(metadata: metadata, tensors: SmallestModel.tensors))
        .contains("the metadata key llama.block_count is there twice"))
    let tensors = SmallestModel.tensors
    #expect(try outcome(tensors: tensors + tensors.prefix(1)).contains("tensor token_embd.weight is there twice"))
  }

  @Test func offsetsOutsideTheFileOrOverlappingAreRefused() throws {
    // After the name: rank 4 bytes, two dimensions of 8, type 4, offset 8.
    let name = "blk.0.attn_q.weight"
    #expect(try outcome([0xe0, 0xff, 0xff, 0xff, 0, 0, 0, 0], after: name, offset: 24).contains("lies past the end"))
    #expect(try outcome(ones, after: name, offset: 24).contains("begins at 18446744073709551615"))
    #expect(
      try outcome([0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], after: name, offset: 24)
        .contains("lies past the end"))
    #expect(try outcome([0, 0, 0, 0, 0, 0, 0, 0], after: name, offset: 24).contains("overlap"))
    #expect(try outcome([1], after: name, offset: 24).contains("is not aligned to 32 bytes"))
  }

  @Test func impossibleShapesAreRefused() throws {
    let name = "blk.0.attn_q.weight"
    #expect(try outcome(ones, after: name, offset: 4).contains("has a dimension of 18446744073709551615"))
    #expect(try outcome([0], after: name, offset: 4).contains("has a dimension of 0"))
    #expect(try outcome([0, 0, 0, 0, 0, 0, 0, 0x40], after: name, offset: 4).contains("impossible shape"))
    #expect(try outcome([0, 0, 0, 0, 1], after: name, offset: 4).contains("lies past the end"))
    #expect(try outcome([5], after: name).contains("has 5 dimensions"))
    #expect(try outcome([0], after: name).contains("has 0 dimensions"))
    // 8 columns are no whole block of 32.
    #expect(try outcome([8], after: name, offset: 20).contains("impossible shape"))
  }

  @Test func unsupportedTensorTypesAreNamed() throws {
    let name = "blk.0.attn_q.weight"
    #expect(try outcome([12], after: name, offset: 20).contains("tensor type Q4_K of \(name) is not supported"))
    #expect(try outcome([200], after: name, offset: 20).contains("tensor type number 200"))
  }

  @Test func aBadAlignmentIsRefused() throws {
    for value in [GGUFValue.uint32(0), .uint32(4), .uint32(33), .string("32"), .uint32(1 << 20)] {
      // Written after the fact: the writer itself could not lay tensors out so.
      var data = GGUFWriter.encode(
        metadata: SmallestModel.metadata + [("general.alignmend", value)], tensors: SmallestModel.tensors)
      let range = try #require(data.range(of: Data("general.alignmend".utf8)))
      data.replaceSubrange(range, with: Data("general.alignment".utf8))
      #expect(try outcome(data).contains("general.alignment is not a power of two"))
    }
    #expect(try outcome("general.alignment", .uint32(64)) == "opened")
  }

  @Test func missingExtraAndMisshapenTensorsAreNamed() throws {
    let tensors = SmallestModel.tensors
    for i in tensors.indices {
      var rest = tensors
      rest.remove(at: i)
      #expect(try outcome(tensors: rest).contains("it has no tensor"), "\(i)")
      rest.append(GGUFWriter.Tensor(name: "spare", shape: [8], type: .f32, bytes: Data(count: 32)))
      #expect(try outcome(tensors: rest).contains("it has no tensor"), "\(i)")
    }
    let bias = GGUFWriter.Tensor(name: "blk.0.attn_q.bias", shape: [8], type: .f32, bytes: Data(count: 32))
    #expect(try outcome(tensors: tensors + [bias]).contains("the tensor blk.0.attn_q.bias, which a LLaMA model"))
    var misshapen = tensors
    misshapen[0] = GGUFWriter.Tensor(
      name: "token_embd.weight", shape: [8, 12], type: .f32, bytes: Data(count: 8 * 12 * 4))
    #expect(try outcome(tensors: misshapen).contains("has shape [8, 12], not [12, 8]"))
  }

  @Test func metadataTheModelNeedsIsChecked() throws {
    #expect(try outcome("general.architecture", .string("qwen2")).contains("the architecture qwen2"))
    #expect(try outcome("general.architecture", nil).contains("general.architecture is missing"))
    #expect(try outcome("llama.block_count", nil).contains("llama.block_count is missing"))
    #expect(try outcome("llama.block_count", .string("1")).contains("llama.block_count is not an integer"))
    #expect(try outcome("llama.block_count", .int32(-1)).contains("number of layers is -1"))
    #expect(try outcome("llama.block_count", .uint64(1 << 40)).contains("number of layers is 1099511627776"))
    #expect(try outcome("llama.attention.head_count", .uint32(0)).contains("number of heads is 0"))
    #expect(
      try outcome("llama.attention.head_count_kv", .array(.uint32, [.uint32(1)])).contains("differs between layers"))
    #expect(try outcome("llama.rope.dimension_count", .uint32(2)).contains("a rotary embedding of 2 of 4 dimensions"))
    #expect(try outcome("llama.expert_count", .uint32(8)).contains("a mixture of experts"))
    #expect(try outcome("llama.attention.layer_norm_rms_epsilon", .float32(.nan)).contains("epsilon is nan"))
    #expect(try outcome("llama.rope.scaling.type", .string("yarn")).contains("RoPE scaling of type yarn"))
  }

  @Test func tokenizerMetadataIsChecked() throws {
    func strings(_ values: String...) -> GGUFValue { .strings(values) }
    #expect(try outcome("tokenizer.ggml.model", .string("llama")).contains("a tokenizer of kind llama"))
    #expect(try outcome("tokenizer.ggml.pre", .string("qwen2")).contains("the pre-tokenizer qwen2 is not supported"))
    #expect(try outcome("tokenizer.ggml.pre", nil).contains("tokenizer.ggml.pre is missing"))
    #expect(try outcome("tokenizer.ggml.tokens", .uint32(1)).contains("tokenizer.ggml.tokens has the wrong type"))
    #expect(try outcome("tokenizer.ggml.merges", strings("a z")).contains("merge 0, a z, is of tokens outside"))
    #expect(try outcome("tokenizer.ggml.merges", strings("a c")).contains("merge 0, a c, is of tokens outside"))
    #expect(try outcome("tokenizer.ggml.merges", strings("a b", "ab")).contains("merge 1, ab, is not two tokens"))
    #expect(try outcome("tokenizer.ggml.merges", strings("a b c")).contains("is not two tokens"))
    #expect(
      try outcome("tokenizer.ggml.token_type", .array(.int32, [.int32(3)])).contains("is not as long as its tokens"))
    #expect(try outcome("tokenizer.ggml.eos_token_id", .uint32(12)).contains("token 12 is not in the vocabulary"))
    #expect(
      try outcome("tokenizer.ggml.tokens", .strings(SmallestModel.tokens + ["more"])).contains(
        "token_type is not as long"))
  }

  @Test func moreTokensThanEmbeddingsAreRefused() throws {
    var metadata = SmallestModel.metadata.filter { $0.key != "tokenizer.ggml.token_type" }
    metadata.removeAll { $0.key == "tokenizer.ggml.tokens" }
    metadata.append(("tokenizer.ggml.tokens", .strings(SmallestModel.tokens + ["more"])))
    #expect(
      try outcome(GGUFWriter.encode(metadata: metadata, tensors: SmallestModel.tensors))
        .contains("its tokenizer has 13 tokens, its embeddings 12"))
  }

  @Test func filesThatAreNoneAreRefused() throws {
    try withTemporaryDirectory { folder in
      #expect(MTLTests.outcome(folder + "/none.gguf").contains("No such file"))
      #expect(MTLTests.outcome(folder).contains("config.json: No such file"))
      try Data().write(to: URL(fileURLWithPath: folder + "/empty.gguf"))
      #expect(MTLTests.outcome(folder + "/empty.gguf").contains("it is empty"))
      #expect(MTLTests.outcome("/dev/null").contains("it is not a regular file"))
    }
  }
}
