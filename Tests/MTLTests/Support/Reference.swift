import Foundation
import MTL
import Testing

/// Numbers computed with transformers and PEFT, and the model they are of.
struct TinyReference: Decodable {
  struct LoRA: Decodable {
    var r: Int
    var lora_alpha: Double
    var use_rslora: Bool?
    var target_modules: [String]
  }
  struct Optimizer: Decodable {
    var lr: Double
    var betas: [Double]
    var eps: Double
    var weight_decay: Double
    var clip_grad_norm: Double
  }
  struct Batch: Decodable {
    var input_ids: [[Int32]]
    var labels: [[Int32]]

    var sequences: [TokenSequence] {
      zip(input_ids, labels).map { ids, labels in TokenSequence(ids: ids, isLabel: labels.map { $0 >= 0 }) }
    }
  }
  var base_loss: Double
  var base_nll_sum: [Double]
  var greedy_prompt: [Int32]
  var greedy_continuation: [Int32]
  var lora: LoRA
  var optimizer: Optimizer
  var batches: [Batch]
  var step_loss: [Double]
  var step_grad_norm: [Double]

  var loraSettings: LoRASettings {
    LoRASettings(
      rank: lora.r, alpha: lora.lora_alpha, dropout: 0, rsLoRA: lora.use_rslora ?? false,
      targets: lora.target_modules.compactMap(LoRATarget.init(rawValue:)))
  }

  var trainingSettings: TrainingSettings {
    var settings = TrainingSettings()
    settings.learningRate = optimizer.lr
    settings.weightDecay = optimizer.weight_decay
    settings.maxGradNorm = optimizer.clip_grad_norm
    settings.epsilon = optimizer.eps
    settings.schedule = .constant
    settings.warmup = 0
    settings.batchSize = 4
    settings.epochs = 1
    settings.shuffle = false
    return settings
  }
}

/// One of the tiny models of the fixtures.
struct ReferenceModel {
  let reference: TinyReference
  let tensors: SafetensorsFile
  let model: LanguageModel
  let folder: URL

  init(_ name: String, storage: BaseStorage = .fp32, compute: BaseCompute = .fp32) throws {
    folder = try fixtureURL(name)
    reference = try JSONDecoder().decode(
      TinyReference.self, from: Data(contentsOf: folder.appending(path: "reference.json")))
    tensors = try SafetensorsFile(path: folder.appending(path: "reference.safetensors").path)
    model = try LanguageModel(
      try ModelSource.open(path: folder.appending(path: "base").path), storage: storage, compute: compute)
  }

  /// The adapter of a PEFT directory beside the model.
  func adapter(_ name: String) throws -> Adapter {
    try loadAdapter(folder.appending(path: name), reference.loraSettings, model.configuration)
  }
}

/// The fixture at a path below Fixtures.
func fixtureURL(_ path: String) throws -> URL {
  URL(filePath: try fixture(path))
}

/// Factors of a PEFT directory, read by name.
func loadAdapter(_ folder: URL, _ settings: LoRASettings, _ configuration: ModelConfiguration) throws -> Adapter {
  let file = try SafetensorsFile(path: folder.appending(path: "adapter_model.safetensors").path)
  let adapter = Adapter(layout: AdapterLayout(settings, configuration))
  for site in adapter.layout.sites {
    for (factor, matrix) in [("A", adapter.a(site)), ("B", adapter.b(site))] {
      let (shape, values) = try file.floats(site.peftName(factor))
      try #require(shape == [matrix.rows, matrix.columns])
      matrix.assign(values)
    }
  }
  return adapter
}

extension AdapterSite {
  /// What PEFT calls factor A or B of this site.
  func peftName(_ factor: String) -> String {
    let block = [.q, .k, .v, .o].contains(target) ? "self_attn" : "mlp"
    return "base_model.model.model.layers.\(layer).\(block).\(target.rawValue).lora_\(factor).weight"
  }
}

extension Matrix {
  func assign(_ values: [Float]) {
    precondition(values.count == rows * columns)
    for i in 0..<rows { for j in 0..<columns { self[i, j] = values[i * columns + j] } }
  }
}

/// `|a - b| / |b|` over all elements, in the Euclidean norm.
func relativeDistance(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count)
  var difference = 0.0
  var norm = 0.0
  for (x, y) in zip(a, b) {
    difference += Double(x - y) * Double(x - y)
    norm += Double(y) * Double(y)
  }
  return (difference / max(norm, 1e-300)).squareRoot()
}
