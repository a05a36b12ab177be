import Foundation
import MTL
import Testing

@Suite struct TarArchiveTests {
  private let files: [(name: String, content: TarArchive.Content)] = [
    ("a.txt", .data(Data("hello".utf8))), ("folder/empty", .data(Data())),
    ("folder/block", .data(Data(repeating: 7, count: 512))),
  ]

  @Test func whatIsWrittenIsUnpackedByTarAndByUs() throws {
    try withTemporaryDirectory { folder in
      try TarArchive.write(files, to: folder + "/x.tar")
      #expect(try TarArchive.extract(folder + "/x.tar", to: folder + "/ours") == files.map(\.name))
      #expect(try Data(contentsOf: URL(filePath: folder + "/ours/folder/block")) == Data(repeating: 7, count: 512))
      let tar = Process()
      tar.executableURL = URL(filePath: "/usr/bin/env")
      try FileManager.default.createDirectory(atPath: folder + "/theirs", withIntermediateDirectories: true)
      tar.arguments = ["tar", "-xf", folder + "/x.tar", "-C", folder + "/theirs"]
      try tar.run()
      tar.waitUntilExit()
      #expect(tar.terminationStatus == 0)
      #expect(try String(contentsOfFile: folder + "/theirs/a.txt", encoding: .utf8) == "hello")
      #expect(throws: FormatError.self) { try TarArchive.extract(folder + "/x.tar", to: folder + "/ours") }
    }
  }

  /// An archive of one file whose header has been changed, with a checksum that fits.
  private func archive(_ folder: String, _ change: (inout Data) -> Void) throws -> String {
    let path = folder + "/x.tar"
    try TarArchive.write(Array(files.prefix(1)), to: path)
    var data = try Data(contentsOf: URL(filePath: path))
    change(&data)
    data.replaceSubrange(148..<156, with: Data("        ".utf8))
    let text = String(data.prefix(512).reduce(0) { $0 + Int($1) }, radix: 8)
    data.replaceSubrange(148..<155, with: Data((String(repeating: "0", count: 6 - text.count) + text + "\0").utf8))
    try data.write(to: URL(filePath: path))
    return path
  }

  @Test(arguments: ["/etc/passwd", "../outside", "a/../../b", "a//b", "a\nb", "./a"])
  func namesThatLeadOutsideAreRefused(_ name: String) throws {
    try withTemporaryDirectory { folder in
      let path = try archive(folder) { data in
        data.replaceSubrange(0..<20, with: Data(name.utf8) + Data(count: 20 - name.utf8.count))
      }
      #expect(throws: FormatError.self) { try TarArchive.extract(path, to: folder + "/out") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out").isEmpty)
    }
  }

  @Test func linksOversizedAndCutArchivesAreRefused() throws {
    try withTemporaryDirectory { folder in
      let link = try archive(folder) { $0[156] = UInt8(ascii: "2") }
      #expect(throws: FormatError.self) { try TarArchive.extract(link, to: folder + "/1") }
      let large = try archive(folder) { $0.replaceSubrange(124..<135, with: Data("77777777777".utf8)) }
      #expect(throws: FormatError.self) { try TarArchive.extract(large, to: folder + "/2") }
      let negative = try archive(folder) { $0.replaceSubrange(124..<135, with: Data("-0000000001".utf8)) }
      #expect(throws: FormatError.self) { try TarArchive.extract(negative, to: folder + "/3") }
      let whole = try archive(folder) { _ in }
      try Data(contentsOf: URL(filePath: whole)).prefix(700).write(to: URL(filePath: whole))
      #expect(throws: FormatError.self) { try TarArchive.extract(whole, to: folder + "/4") }
      let sum = try archive(folder) { _ in }
      var data = try Data(contentsOf: URL(filePath: sum))
      data[0] += 1
      try data.write(to: URL(filePath: sum))
      #expect(throws: FormatError.self) { try TarArchive.extract(sum, to: folder + "/5") }
    }
  }
}
