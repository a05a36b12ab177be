import ArgumentParser
import MTL

/// The adapter a command works with.
struct AdapterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("An adapter: a run's .h5 file or a PEFT directory.", valueName: "path"))
  var adapter: String?

  func load(for base: Base) throws -> Adapter? {
    try adapter.map { try Adapter.load(path: $0, configuration: base.model.configuration) }
  }
}
