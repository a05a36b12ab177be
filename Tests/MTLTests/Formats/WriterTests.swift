import Foundation
import MTL
import Testing

@Suite struct WriterTests {
  @Test func safetensorsComeBackAsWritten() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/x.safetensors"
      try SafetensorsWriter.write(
        [("b/ü", [2, 2], [1, -2, .infinity, 0x1p-149]), ("a", [], [7]), ("c", [0, 3], [])],
        metadata: ["format": "pt", "note": "\"quoted\""], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == ["format": "pt", "note": "\"quoted\""])
      #expect(file.tensors.keys.sorted() == ["a", "b/ü", "c"])
      let entry = try file.tensor("b/ü")
      #expect(entry.shape == [2, 2] && entry.type == .f32)
      let bytes = try entry.file.bytes(entry.byteRange)
      #expect(bytes.elementsEqual([Float(1), -2, .infinity, 0x1p-149].flatMap { withUnsafeBytes(of: $0, Array.init) }))
      #expect(entry.byteRange.lowerBound % 8 == 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.safetensors"])
    }
  }

  @Test func metadataOfEveryTypeComesBackAsWritten() throws {
    let metadata: [(key: String, value: GGUFValue)] = [
      ("u8", .integer(255, .uint8)), ("i8", .integer(-128, .int8)), ("u16", .integer(65535, .uint16)),
      ("i16", .integer(-32768, .int16)), ("u32", .uint32(.max)), ("i32", .int32(.min)), ("u64", .uint64(.max)),
      ("i64", .integer(.min, .int64)), ("f32", .float32(-0.5)), ("f64", .float64(1e300)), ("yes", .bool(true)),
      ("text", .string("naïve\n")), ("empty", .array(.string, [])),
      ("nested", .array(.array, [.strings(["a", ""]), .array(.float32, [.float32(2)])])),
    ]
    try withTemporaryDirectory { folder in
      try GGUFWriter.write(metadata: metadata, tensors: [], version: 2, to: folder + "/x.gguf")
      let file = try GGUFFile(path: folder + "/x.gguf")
      #expect(file.version == 2 && file.alignment == 32)
      #expect(file.metadata == Dictionary(uniqueKeysWithValues: metadata.map { ($0.key, $0.value) }))
    }
  }

  @Test func aFailedWriteLeavesTheOldFileAndNothingElse() throws {
    struct Stop: Error {}
    try withTemporaryDirectory { folder in
      let path = folder + "/x"
      try write("old", to: path)
      #expect(throws: Stop.self) {
        try AtomicFile.write(to: path) { file in
          try file.write(Data("new".utf8))
          throw Stop()
        }
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x"])
      try AtomicFile.write(to: path) { try $0.write(Data("new".utf8)) }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    }
  }

  @Test func aFullDiskAndAMissingFolderAreErrorsInWords() throws {
    #expect(throws: FormatError.unwritable(path: "/no/such/x", reason: "No such file or directory")) {
      try AtomicFile.write(to: "/no/such/x") { _ in }
    }
  }
}
