import ArgumentParser
import Foundation
import MTL

/// The base model a command works with.
struct BaseOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A GGUF file, a Hugging Face model directory, or smollm2-135m.", valueName: "path"))
  var base: String

  @Option(help: "How the base is held in memory: fp32, bf16 or as-stored.")
  var baseStorage: BaseStorage = .fp32

  @Option(help: "The chat template, where the model does not say: chatml, llama2, llama3 or alpaca.")
  var template: ChatTemplate.Family?

  /// Opens the files without reading the weights.
  func source() throws -> ModelSource { try ModelSource.open(path: try locateBase(base)) }

  /// Tokenizer and chat template, without the weights.
  func promptFormat() throws -> PromptFormat {
    let source = try source()
    let tokenizer = try source.tokenizer()
    return PromptFormat(
      tokenizer: tokenizer, chat: try source.chatTemplate(template, tokenizer: tokenizer),
      eosTokenIDs: source.configuration.eosTokenIDs)
  }

  /// Reads everything.
  func load(chat: Bool) throws -> Base {
    let source = try source()
    let tokenizer = try source.tokenizer()
    let template = try chat ? source.chatTemplate(template, tokenizer: tokenizer) : nil
    let format = PromptFormat(
      tokenizer: tokenizer, chat: template, eosTokenIDs: source.configuration.eosTokenIDs)
    return Base(source: source, model: try LanguageModel(source, storage: baseStorage), format: format)
  }
}

/// A base in memory.
struct Base {
  let source: ModelSource
  let model: LanguageModel
  let format: PromptFormat
}

/// The path behind `--base`: a path, or the name of what `script/setup` fetched into the cache folder.
func locateBase(_ name: String) throws -> String {
  if FileManager.default.fileExists(atPath: name) { return name }
  let cached = cacheFolder() + "/" + name + ".gguf"
  if !name.contains("/"), FileManager.default.fileExists(atPath: cached) { return cached }
  throw InputError(
    description: "there is no model at \(name); give a GGUF file or a Hugging Face directory, or run script/setup to "
      + "fetch smollm2-135m")
}

/// `$MTL_CACHE`, or ~/.cache/mtl.
func cacheFolder() -> String {
  ProcessInfo.processInfo.environment["MTL_CACHE"] ?? NSHomeDirectory() + "/.cache/mtl"
}

extension BaseStorage: ExpressibleByArgument {}
extension ChatTemplate.Family: ExpressibleByArgument {}
