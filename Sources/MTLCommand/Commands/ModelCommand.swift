import ArgumentParser
import MTL

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look at base models.", subcommands: [Info.self])

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a model's architecture, size, tokenizer and digest.",
      discussion: "Example:\n  mtl model info smollm2-135m")

    @Argument(help: ArgumentHelp("A GGUF file, a Hugging Face directory, or smollm2-135m.", valueName: "path"))
    var path: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let source = try ModelSource.open(path: try locateBase(path))
      let tokenizer = try source.tokenizer()
      let template = try? source.chatTemplate(tokenizer: tokenizer)
      let report = Report(
        path: source.path, kind: source.kind.rawValue, architecture: "llama", configuration: source.configuration,
        parameters: source.parameterCount, fileBytes: source.byteCount,
        tensorTypes: Dictionary(uniqueKeysWithValues: source.typeCounts.map { (String(describing: $0), $1) }),
        tokenizer: .init(kind: "byte-level BPE", tokens: tokenizer.vocabularySize),
        chatTemplate: template?.family.rawValue, sha256: source.sha256)
      printLine(json ? try jsonText(report) : report.text)
    }
  }

  struct Report: Encodable {
    struct TokenizerReport: Encodable {
      var kind: String
      var tokens: Int
    }
    var path: String
    var kind: String
    var architecture: String
    var configuration: ModelConfiguration
    var parameters: Int
    var fileBytes: Int
    var tensorTypes: [String: Int]
    var tokenizer: TokenizerReport
    var chatTemplate: String?
    var sha256: String

    var text: String {
      let c = configuration
      let types = tensorTypes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      return """
        path          \(path)
        kind          \(kind), architecture \(architecture)
        parameters    \(parameters) in \(bytesText(fileBytes)) (tensors: \(types))
        layers        \(c.layerCount), width \(c.hiddenSize), feed-forward \(c.intermediateSize)
        attention     \(c.headCount) heads of \(c.headDimension), \(c.keyValueHeadCount) key/value heads
        positions     \(c.maximumPositions), RoPE theta \(c.ropeTheta)
        vocabulary    \(c.vocabularySize)\(c.tiedEmbeddings ? ", output tied to the embedding" : "")
        tokenizer     \(tokenizer.kind), \(tokenizer.tokens) tokens
        chat template \(chatTemplate ?? "not recognised; give --template")
        sha256        \(sha256)
        """
    }
  }
}
