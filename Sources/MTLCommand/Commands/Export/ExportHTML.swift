import ArgumentParser
import Experiments

struct ExportHTML: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "html", abstract: "Write a report that any browser opens: matrices, examples, learning curves.",
    discussion: """
      Writes report.html, one file that needs no other file and no network. Of a large sweep it shows a part of the \
      examples, and says so.

      Example:
        mtl export html out/quickstart --out report
      """)

  @OptionGroup var options: ExportCommand.Options

  func run() throws { try options.export { try $0.writeHTML(to: $1) } }
}
