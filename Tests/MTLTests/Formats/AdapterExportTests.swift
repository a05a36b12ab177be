import Foundation
import MTL
import Testing

@Suite struct AdapterExportTests {
  static let models = ["llama-gqa", "llama-tied"]

  /// A fixture's base, adapter and batches.
  struct Case {
    let source: ModelSource
    let adapter: Adapter
    let sequences: [TokenSequence]

    init(_ name: String) throws {
      source = try ModelSource.open(path: try fixture(name + "/base"))
      adapter = try Adapter.load(path: try fixture(name + "/adapter_final"), configuration: source.configuration)
      let reference = try JSONDecoder().decode(
        TinyReference.self, from: Data(contentsOf: try fixtureURL(name + "/reference.json")))
      sequences = reference.batches.flatMap(\.sequences)
    }

    /// Losses of the sequences by a model, with an adapter or none.
    func losses(_ source: ModelSource, _ adapter: Adapter?) throws -> [Double] {
      try LikelihoodScorer(model: try LanguageModel(source), adapter: adapter, pool: WorkerPool(count: 1))
        .score(sequences).map(\.nll)
    }

    /// The base as a GGUF file, with what an architecture's reader asks for.
    func writeGGUF(_ path: String) throws {
      let c = source.configuration
      let metadata: [(key: String, value: GGUFValue)] = [
        ("tokenizer.ggml.eos_token_id", .uint32(UInt32(c.eosTokenIDs.first ?? 2))),
        ("general.architecture", .string("llama")), ("general.file_type", .uint32(7)),
        ("llama.block_count", .uint32(UInt32(c.layerCount))),
        ("llama.context_length", .uint32(UInt32(c.maximumPositions))),
        ("llama.embedding_length", .uint32(UInt32(c.hiddenSize))),
        ("llama.feed_forward_length", .uint32(UInt32(c.intermediateSize))),
        ("llama.attention.head_count", .uint32(UInt32(c.headCount))),
        ("llama.attention.head_count_kv", .uint32(UInt32(c.keyValueHeadCount))),
        ("llama.attention.layer_norm_rms_epsilon", .float32(c.rmsNormEpsilon)),
        ("llama.rope.freq_base", .float32(Float(c.ropeTheta))),
        ("llama.rope.dimension_count", .uint32(UInt32(c.headDimension))),
        ("llama.vocab_size", .uint32(UInt32(c.vocabularySize))),
        ("general.note", .strings(["kept", "as it is"])),
      ]
      let tensors = try CanonicalName.all(c).map { name in
        let (rows, columns) = name.shape(c)
        var values = try source.tensor(name).floats()
        switch name {
        case .layer(_, .q), .layer(_, .k):
          values = TinyModel.interleaved(values, columns: columns, headDimension: c.headDimension)
        default: break
        }
        return GGUFWriter.Tensor(
          name: name.gguf, shape: rows == 1 ? [columns] : [rows, columns], type: .f32,
          bytes: values.withUnsafeBytes { Data($0) })
      }
      try GGUFWriter.write(metadata: metadata, tensors: tensors, to: path)
    }
  }

  @Test(arguments: models) func mergedDirectoryScoresAsBaseAndAdapter(_ name: String) throws {
    let item = try Case(name)
    let expected = try item.losses(item.source, item.adapter)
    let base = try item.losses(item.source, nil)
    // The adapter changes something, so that leaving it out would be seen.
    #expect(zip(base, expected).contains { abs($0 - $1) > 1e-2 })
    try withTemporaryDirectory { folder in
      try MergedModel(item.source, adapter: item.adapter).writeHuggingFace(to: folder + "/merged", type: .f32)
      let merged = try ModelSource.open(path: folder + "/merged")
      for (ours, theirs) in zip(try item.losses(merged, nil), expected) { #expect(abs(ours - theirs) < 1e-4) }
      try MergedModel(item.source, adapter: item.adapter).writeHuggingFace(to: folder + "/half", type: .f16)
      let half = try ModelSource.open(path: folder + "/half")
      #expect(half.typeCounts.keys.elementsEqual([.f16]))
      for (ours, theirs) in zip(try item.losses(half, nil), expected) { #expect(abs(ours - theirs) < 0.05) }
    }
  }

  @Test(arguments: models) func mergedGGUFScoresAsBaseAndAdapterAndKeepsMetadata(_ name: String) throws {
    let item = try Case(name)
    try withTemporaryDirectory { folder in
      try item.writeGGUF(folder + "/base.gguf")
      let base = try ModelSource.open(path: folder + "/base.gguf")
      let expected = try item.losses(base, item.adapter)
      for (ours, theirs) in zip(expected, try item.losses(item.source, item.adapter)) {
        #expect(abs(ours - theirs) < 1e-4)
      }
      try MergedModel(base, adapter: item.adapter).writeGGUF(to: folder + "/merged.gguf", type: .f32)
      let merged = try ModelSource.open(path: folder + "/merged.gguf")
      for (ours, theirs) in zip(try item.losses(merged, nil), expected) { #expect(abs(ours - theirs) < 1e-4) }
      let (before, after) = (try GGUFFile(path: base.path).metadata, try GGUFFile(path: merged.path).metadata)
      #expect(after["general.note"] == .strings(["kept", "as it is"]))
      #expect(after["general.file_type"] == .uint32(0))
      #expect(Set(after.keys) == Set(before.keys))
    }
  }

  @Test(arguments: models) func ggufAdapterAddsToTheRowsOfAGGUFBaseWhatMergingAdds(_ name: String) throws {
    let item = try Case(name)
    try withTemporaryDirectory { folder in
      try item.writeGGUF(folder + "/base.gguf")
      let base = try ModelSource.open(path: folder + "/base.gguf")
      try MergedModel(base, adapter: item.adapter).writeGGUF(to: folder + "/merged.gguf", type: .f32)
      try GGUFAdapter.write(
        item.adapter, configuration: base.configuration, name: "n", to: folder + "/lora.gguf")
      let lora = try GGUFFile(path: folder + "/lora.gguf")
      #expect(lora.metadata["general.type"] == .string("adapter") && lora.metadata["adapter.type"] == .string("lora"))
      let rank = item.adapter.settings.rank
      let scale = try #require(lora.metadata["adapter.lora.alpha"]?.floatValue) / Float(rank)
      #expect(abs(scale - item.adapter.settings.scale) < 1e-6)
      let (before, after) = (try GGUFFile(path: base.path), try GGUFFile(path: folder + "/merged.gguf"))
      var compared = 0
      for (weight, entry) in before.tensors where lora.tensors[weight + ".lora_a"] != nil {
        let a = try floats(lora, weight + ".lora_a")
        let b = try floats(lora, weight + ".lora_b")
        let (rows, columns) = (entry.shape[0], entry.shape[1])
        #expect(lora.tensors[weight + ".lora_a"]?.shape == [rank, columns])
        let (old, new) = (try floats(before, weight), try floats(after, weight))
        let worst =
          (0..<rows * columns).map { place -> Float in
            let (row, column) = (place / columns, place % columns)
            let change = (0..<rank).reduce(Float(0)) { $0 + b[row * rank + $1] * a[$1 * columns + column] }
            return abs(old[place] + scale * change - new[place])
          }.max() ?? 1
        #expect(worst < 1e-5, "\(weight)")
        compared += 1
      }
      #expect(compared == item.adapter.tensors.count)
    }
  }

  @Test func aBaseOfTheOtherFormatIsRefusedByName() throws {
    let item = try Case("llama-gqa")
    try withTemporaryDirectory { folder in
      let merged = MergedModel(item.source, adapter: item.adapter)
      #expect(throws: FormatError.self) { try merged.writeGGUF(to: folder + "/x.gguf", type: .f32) }
      #expect(throws: FormatError.self) { try merged.writeHuggingFace(to: item.source.path, type: .f32) }
      #expect(!FileManager.default.fileExists(atPath: folder + "/x.gguf"))
    }
  }

  @Test(.enabled(if: Python.with("peft") != nil, "skipped: no Python with peft; benchmarks/peers installs one"))
  func realPEFTComputesTheSameFromTheDirectory() throws {
    let item = try Case("llama-tied")
    try withTemporaryDirectory { folder in
      try PEFTAdapter.write(adapter: item.adapter, to: folder + "/peft", baseName: item.source.path)
      try MergedModel(item.source, adapter: item.adapter).writeHuggingFace(to: folder + "/merged", type: .f32)
      let sequences = item.sequences.map { ["ids": $0.ids.map(Int.init), "labels": $0.isLabel.map { $0 ? 1 : 0 }] }
      try JSONSerialization.data(withJSONObject: sequences).write(to: URL(filePath: folder + "/sequences.json"))
      let output = try Python.run(
        """
        import json, sys, torch
        from transformers import AutoModelForCausalLM
        from peft import PeftModel
        base, folder = sys.argv[1:]
        items = json.load(open(folder + '/sequences.json'))
        def losses(model):
            result = []
            for item in items:
                with torch.no_grad():
                    logits = model.eval()(torch.tensor([item['ids']])).logits[0].log_softmax(-1)
                result.append(-sum(float(logits[i - 1, t]) for i, t in enumerate(item['ids']) if item['labels'][i] and i))
            return result
        adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), folder + '/peft')
        merged = AutoModelForCausalLM.from_pretrained(folder + '/merged', dtype=torch.float32)
        print(json.dumps([losses(adapted), losses(merged)]))
        """, python: try #require(Python.with("peft")), [item.source.path, folder])
      let theirs = try JSONDecoder().decode([[Double]].self, from: Data(output.utf8))
      let ours = try item.losses(item.source, item.adapter)
      for list in theirs {
        #expect(list.count == ours.count)
        for (a, b) in zip(list, ours) { #expect(abs(a - b) < 1e-3) }
      }
    }
  }

  @Test(
    .enabled(if: Python.with("gguf") != nil, "skipped: no Python with the package gguf; set MTL_TEST_PYTHON to one"))
  func ggmlsOwnReaderReadsWhatIsWritten() throws {
    let item = try Case("llama-tied")
    try withTemporaryDirectory { folder in
      try item.writeGGUF(folder + "/base.gguf")
      let base = try ModelSource.open(path: folder + "/base.gguf")
      try MergedModel(base, adapter: item.adapter).writeGGUF(to: folder + "/merged.gguf", type: .f16)
      try GGUFAdapter.write(item.adapter, configuration: base.configuration, name: "n", to: folder + "/lora.gguf")
      let output = try Python.run(
        """
        import sys, json
        from gguf import GGUFReader
        def summary(path):
            reader = GGUFReader(path)
            fields = {k: reader.fields[k].contents() for k in reader.fields if not k.startswith('GGUF.')}
            return [fields, {t.name: [t.tensor_type.name, [int(n) for n in t.shape], float(abs(t.data).max())] for t in reader.tensors}]
        print(json.dumps([summary(sys.argv[1] + '/lora.gguf'), summary(sys.argv[1] + '/merged.gguf')]))
        """, python: try #require(Python.with("gguf")), [folder])
      let files = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[[String: Any]]])
      #expect(files[0][0]["general.type"] as? String == "adapter")
      #expect(files[0][0]["adapter.lora.alpha"] as? Double != nil)
      let tensor = try #require(files[0][1]["blk.0.attn_q.weight.lora_b"] as? [Any])
      // ggml counts the fastest dimension first.
      #expect(tensor[1] as? [Int] == [item.adapter.settings.rank, base.configuration.queryWidth])
      #expect((files[1][1]["blk.1.ffn_down.weight"] as? [Any])?[0] as? String == "F16")
      #expect((files[1][1]["output_norm.weight"] as? [Any])?[0] as? String == "F32")
    }
  }

  private func floats(_ file: GGUFFile, _ name: String) throws -> [Float] {
    let entry = try #require(file.tensors[name])
    let bytes = try entry.file.bytes(entry.byteRange)
    return (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }

  /// Square, wide and tall matrices; the same update in another form gives the same losses.
  @Test(arguments: models) func denseUpdatesAreTheAdapter(_ name: String) throws {
    let it = try Case(name)
    let scale = it.adapter.settings.scale
    let updates = it.adapter.tensors.map { tensor -> [Float] in
      var result = [Float](repeating: 0, count: tensor.b.rows * tensor.a.columns)
      for row in 0..<tensor.b.rows {
        for k in 0..<tensor.a.rows {
          let factor = scale * tensor.b.values[row * tensor.b.columns + k]
          for column in 0..<tensor.a.columns {
            result[row * tensor.a.columns + column] += factor * tensor.a.values[k * tensor.a.columns + column]
          }
        }
      }
      return result
    }
    let dense = try Adapter.dense(updates, like: it.adapter, configuration: it.source.configuration)
    for (one, other) in zip(try it.losses(it.source, it.adapter), try it.losses(it.source, dense)) {
      #expect(abs(one - other) < 1e-4 * max(1, abs(one)))
    }
    #expect(throws: FormatError.self) {
      try Adapter.dense(Array(updates.dropLast()), like: it.adapter, configuration: it.source.configuration)
    }
    #expect(throws: FormatError.self) {
      try Adapter.dense(updates.map { $0 + [0] }, like: it.adapter, configuration: it.source.configuration)
    }
  }
}
