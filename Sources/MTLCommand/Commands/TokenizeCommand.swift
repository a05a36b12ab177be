import ArgumentParser
import Foundation
import MTL

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Turn texts into token ids: JSON strings on standard input, one a line.",
    discussion: """
      Prints {"ids": [...]} for every line. No special tokens are added; those written in a text are recognised.

      Example:
        echo '"Hello world"' | mtl tokenize --base smollm2-135m
      """)

  @OptionGroup var base: BaseOptions

  func run() throws {
    struct Tokens: Encodable { var ids: [Int32] }
    let tokenizer = try base.source().tokenizer()
    var number = 0
    while let line = readLine() {
      number += 1
      guard let text = try? JSONDecoder().decode(String.self, from: Data(line.utf8)) else {
        throw InputError(description: "line \(number) of standard input is not a JSON string, such as \"a text\"")
      }
      printLine(try jsonLine(Tokens(ids: tokenizer.encode(text))))
    }
  }
}

/// Input that a command cannot use, as one sentence.
struct InputError: Error, CustomStringConvertible {
  let description: String
}
