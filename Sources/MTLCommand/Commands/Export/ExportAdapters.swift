import ArgumentParser
import Foundation
import MTL

struct ExportPEFT: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peft", abstract: "Write a run's adapter as a directory that PEFT loads.",
    discussion: """
      Writes adapter_config.json and adapter_model.safetensors.

      Example:
        mtl export peft out/quickstart --run "QA+IE seed 1" --out adapters/qa-ie
      """)

  @OptionGroup var adapter: RunAdapterOptions

  @Option(help: ArgumentHelp("The directory to write to.", valueName: "folder"))
  var out: String

  func run() throws {
    let loaded = try adapter.load()
    try PEFTAdapter.write(adapter: loaded.adapter, to: out, baseName: loaded.baseName)
    printLine(out)
  }
}

struct ExportGGUFLoRA: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gguf-lora", abstract: "Write a run's adapter as a GGUF file that llama.cpp loads with --lora.",
    discussion: """
      Works for PEFT directories too. llama.cpp applies it to a GGUF file of the same base.

      Example:
        mtl export gguf-lora out/quickstart --run "QA+IE seed 1" --out qa-ie.lora.gguf
      """)

  @OptionGroup var adapter: RunAdapterOptions

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var out: String

  func run() throws {
    let loaded = try adapter.load()
    try GGUFAdapter.write(
      loaded.adapter, configuration: loaded.source.configuration, name: loaded.title, to: out)
    printLine(out)
  }
}

struct ExportMerged: ParsableCommand {
  /// How it is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case hf, gguf
  }
  /// The precision of its matrices.
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, bf16

    var type: TensorType {
      switch self {
      case .f32: .f32
      case .f16: .f16
      case .bf16: .bf16
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "merged", abstract: "Write the base with a run's adapter put into its weights.",
    discussion: """
      The result is a model like any other, in the format of the base: a Hugging Face directory with its configuration \
      and tokenizer (--format hf), or a GGUF file with its metadata (--format gguf). Quantised bases are expanded.

      Example:
        mtl export merged out/quickstart --run "QA+IE seed 1" --format gguf --type f16 --out qa-ie.gguf
      """)

  @OptionGroup var adapter: RunAdapterOptions

  @Option(help: "hf or gguf.")
  var format: Format

  @Option(help: "The precision of its matrices: f32, f16 or bf16.")
  var type: Precision = .f32

  @Option(help: ArgumentHelp("The directory or file to write.", valueName: "path"))
  var out: String

  func run() throws {
    let loaded = try adapter.load()
    let merged = MergedModel(loaded.source, adapter: loaded.adapter)
    switch format {
    case .hf: try merged.writeHuggingFace(to: out, type: type.type)
    case .gguf: try merged.writeGGUF(to: out, type: type.type)
    }
    printLine(out)
  }
}
