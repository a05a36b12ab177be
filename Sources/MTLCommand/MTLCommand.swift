import ArgumentParser

@main
struct MTLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "mtl", abstract: "Which kinds of instruction help which.")
}
