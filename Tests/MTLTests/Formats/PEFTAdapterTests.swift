import Foundation
import MTL
import Testing

@Suite struct PEFTAdapterTests {
  static let adapters = ["llama-gqa/adapter_init", "llama-tied/adapter_final"]

  private static func base(_ name: String) throws -> ModelConfiguration {
    let model = String(name.prefix { $0 != "/" })
    return try ModelSource.open(path: try fixture(model + "/base")).configuration
  }

  @Test(arguments: adapters) func factorsAreThoseOfTheFile(_ name: String) throws {
    let adapter = try PEFTAdapter.read(directory: try fixture(name), configuration: try Self.base(name))
    let file = try SafetensorsFile(path: try fixture(name + "/adapter_model.safetensors"))
    #expect(adapter.tensors.count * 2 == file.tensors.count)
    for site in adapter.layout.sites {
      #expect(adapter.a(site).elements == (try file.floats(site.peftName("A")).values))
      #expect(adapter.b(site).elements == (try file.floats(site.peftName("B")).values))
    }
  }

  @Test func settingsAreThoseOfTheFile() throws {
    let gqa = try PEFTAdapter.read(
      directory: try fixture(Self.adapters[0]), configuration: try Self.base(Self.adapters[0]))
    #expect(gqa.settings == LoRASettings(rank: 4, alpha: 8, targets: [.q, .k, .v, .o]))
    #expect(gqa.settings.scale == 2)
    let tied = try PEFTAdapter.read(
      directory: try fixture(Self.adapters[1]), configuration: try Self.base(Self.adapters[1]))
    #expect(tied.settings == LoRASettings(rank: 8, alpha: 16, rsLoRA: true, targets: LoRATarget.allCases))
    #expect(tied.settings.scale == Float(16 / 8.0.squareRoot()))
  }

  @Test(arguments: adapters) func whatIsWrittenIsReadAgain(_ name: String) throws {
    let configuration = try Self.base(name)
    let adapter = try PEFTAdapter.read(directory: try fixture(name), configuration: configuration)
    try withTemporaryDirectory { folder in
      let directory = folder + "/a/b"
      try PEFTAdapter.write(adapter: adapter, to: directory, baseName: "some/base")
      let again = try Adapter.load(path: directory, configuration: configuration)
      #expect(again.settings == adapter.settings)
      #expect(again.parameters.values == adapter.parameters.values)
      let ours = try SafetensorsFile(path: directory + "/adapter_model.safetensors")
      let theirs = try SafetensorsFile(path: try fixture(name + "/adapter_model.safetensors"))
      #expect(ours.tensors.mapValues(\.shape) == theirs.tensors.mapValues(\.shape))
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(filePath: directory + "/adapter_config.json")))
      let config = try #require(json as? [String: Any])
      #expect(config["peft_type"] as? String == "LORA" && config["base_model_name_or_path"] as? String == "some/base")
    }
  }

  @Test func theLastLayersAloneComeBack() throws {
    let configuration = try Self.base("llama-gqa/")
    try #require(configuration.layerCount > 1)
    let settings = LoRASettings(rank: 2, alpha: 3, dropout: 0.1, targets: [.k, .down], layers: .top(1))
    let adapter = Adapter(layout: AdapterLayout(settings, configuration), seed: 5)
    try withTemporaryDirectory { folder in
      try PEFTAdapter.write(adapter: adapter, to: folder, baseName: nil)
      let again = try PEFTAdapter.read(directory: folder, configuration: configuration)
      #expect(again.settings == settings)
      #expect(again.parameters.values == adapter.parameters.values)
    }
  }

  @Test func aRunFileIsAnAdapterToo() throws {
    let name = Self.adapters[1]
    let configuration = try Self.base(name)
    let adapter = try PEFTAdapter.read(directory: try fixture(name), configuration: configuration)
    try withTemporaryDirectory { folder in
      var record = RunFileTests.record()
      record.lora = adapter.settings
      record.adapterTensors = adapter.tensors
      try RunFile.write(record, to: folder + "/run.h5")
      let again = try Adapter.load(path: folder + "/run.h5", configuration: configuration)
      #expect(again.settings == adapter.settings)
      #expect(again.parameters.values == adapter.parameters.values)
    }
  }

  @Test(arguments: [
    (#""use_dora": true"#, "DoRA"), (#""bias": "all""#, "bias: all"),
    (#""rank_pattern": {"q_proj": 2}"#, "rank_pattern"),
    (#""alpha_pattern": {"q_proj": 2}"#, "alpha_pattern"), (#""modules_to_save": ["lm_head"]"#, "modules_to_save"),
    (#""fan_in_fan_out": true"#, "fan_in_fan_out"), (#""peft_type": "IA3""#, "IA3"),
    (#""init_lora_weights": "pissa_niter_4""#, "pissa"), (#""target_modules": ["lm_head"]"#, "lm_head"),
    (#""target_modules": ".*_proj""#, ".*_proj"), (#""layers_to_transform": [0]"#, "layers 0 of"),
    (#""layers_to_transform": [-1, 9223372036854775807]"#, "layers -1, 9"),
  ])
  func variantsOfLoRAAreRefusedByName(_ field: String, _ words: String) throws {
    let error = try refusal(field)
    #expect(error?.description.contains("not supported") == true)
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (#""r": 0"#, "rank must be"), (#""r": 9223372036854775807"#, "rank must be"), (#""r": 8"#, "has shape [4, "),
    (#""r": "4""#, "wrong type"), (#""lora_alpha": -1"#, "alpha must be"),
    (#""target_modules": ["q_proj"]"#, "which its settings and model do not have"),
    (#""target_modules": "all-linear""#, "no factors for gate_proj"), ("", "peft_type is missing"),
  ])
  func configurationsThatDoNotFitAreErrors(_ field: String, _ words: String) throws {
    let error = try refusal(field)
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test func settingsSurviveJSON() throws {
    for layers in [LoRASettings.Layers.all, .top(3)] {
      let settings = LoRASettings(rank: 2, alpha: 3, targets: [.q], layers: layers)
      let data = try JSONEncoder().encode(settings)
      #expect(try JSONDecoder().decode(LoRASettings.self, from: data) == settings)
    }
    #expect(try RunIdentity.canonicalJSON([LoRASettings.Layers.all, .top(3)]) == #"["all",{"top":3}]"#)
    #expect(LoRASettings(rank: 0, alpha: .nan, dropout: 1, targets: [], layers: .top(0)).problems.count == 5)
    #expect(LoRASettings(rank: 1, alpha: 1, targets: [.q, .q]).problems == ["targets must not name a matrix twice"])
  }

  /// What reading the tiny adapter says when one field of its configuration is another; none of them when empty.
  private func refusal(_ field: String) throws -> FormatError? {
    let configuration = try Self.base(Self.adapters[0])
    return try withTemporaryDirectory { folder in
      let source = try fixture(Self.adapters[0])
      try FileManager.default.copyItem(
        atPath: source + "/adapter_model.safetensors", toPath: folder + "/adapter_model.safetensors")
      var fields = [
        "peft_type": #""LORA""#, "r": "4", "lora_alpha": "8",
        "target_modules": #"["q_proj", "k_proj", "v_proj", "o_proj"]"#,
        "bias": #""none""#, "rank_pattern": "{}", "modules_to_save": "null", "use_dora": "false",
        "init_lora_weights": "true", "layers_to_transform": "null",
      ]
      let parts = field.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2 { fields[parts[0].trimmingCharacters(in: ["\""])] = parts[1] } else { fields = [:] }
      let json = fields.map { "\"\($0)\": \($1)" }.joined(separator: ",")
      try write("{\(json)}", to: folder + "/adapter_config.json")
      return #expect(throws: FormatError.self) {
        _ = try PEFTAdapter.read(directory: folder, configuration: configuration)
      }
    }
  }
}
