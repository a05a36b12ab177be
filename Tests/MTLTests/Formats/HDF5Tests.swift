import Foundation
import MTL
import Testing

@Suite struct HDF5Tests {
  @Test func everyTypeAndRankComesBackAsWritten() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/a.h5"
      let long = (0..<5000).map { Double($0 % 7) / 3 }
      try HDF5File.writeAtomically(to: path) { file in
        try file.write([Float.pi, -0, .infinity, .leastNonzeroMagnitude, 1, 2], shape: [1, 2, 3], to: "/g/h/float")
        try file.write(long, shape: [50, 100], to: "/g/double", compressed: true)
        try file.write([Int64.min, .max], to: "/int64")
        try file.write([Int32(-7)], shape: [], to: "/int32")
        try file.write([Float](), shape: [0, 4], to: "/empty", compressed: true)
        try file.write(["", "ä/日本 🙂", String(repeating: "x", count: 100_000)], to: "/strings")
        try file.write([String](), to: "/none")
        try file.write("one text", to: "/text")
        try file.setAttribute("s", .string("ü"), of: "/g")
        try file.setAttribute("i", .int(.min), of: "/g/double")
        try file.setAttribute("d", .double(0.1))
        try file.setAttribute("long", .string(String(repeating: "j", count: 64_000)))
        try file.setAttribute("empty", .string(""))
      }
      let file = try HDF5File(readingFrom: path)
      try file.verify()
      #expect(file.isSealed)
      let float = try file.read("/g/h/float", as: Float.self)
      #expect(float.shape == [1, 2, 3])
      #expect(float.values == [.pi, -0, .infinity, .leastNonzeroMagnitude, 1, 2])
      #expect(try file.read("/g/double", as: Double.self, shape: [50, nil]).values == long)
      #expect(try file.read("/int64", as: Int64.self).values == [.min, .max])
      #expect(try file.read("/int32", as: Int32.self, shape: []).values == [-7])
      #expect(try file.read("/empty", as: Float.self).shape == [0, 4])
      #expect(try file.readStrings("/strings") == ["", "ä/日本 🙂", String(repeating: "x", count: 100_000)])
      #expect(try file.readStrings("/none", count: 0) == [])
      #expect(try file.readText("/text") == "one text")
      #expect(try file.string(attribute: "s", of: "/g") == "ü")
      #expect(try file.int(attribute: "i", of: "/g/double") == .min)
      #expect(try file.double(attribute: "d") == 0.1)
      #expect(try file.string(attribute: "long").utf8.count == 64_000)
      #expect(try file.string(attribute: "empty") == "")
      #expect(try file.children(of: "/") == ["empty", "g", "int32", "int64", "none", "strings", "text"])
      #expect(try file.attributeNames() == ["content-sha256", "d", "empty", "long"])
      #expect(try file.object(at: "/g/double") == .dataset(.float64, shape: [50, 100]))
      #expect(try file.object(at: "/g/h") == .group)
      #expect(try file.exists("/g/h") && !file.exists("/g/x/y") && !file.exists("/text/x"))
    }
  }

  @Test func sameContentIsSameBytes() throws {
    try withTemporaryDirectory { folder in
      for name in ["a", "b"] { try Self.writeSmall(to: folder + "/" + name) }
      #expect(try Data(contentsOf: URL(filePath: folder + "/a")) == Data(contentsOf: URL(filePath: folder + "/b")))
    }
  }

  @Test func otherTypesShapesAndPathsAreErrors() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/a.h5"
      try Self.writeSmall(to: path)
      let file = try HDF5File(readingFrom: path)
      func refuses(_ body: () throws -> Void, _ words: String, _ location: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: FormatError.self, sourceLocation: location, performing: body)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))", sourceLocation: location)
      }
      refuses({ _ = try file.read("/g/x", as: Double.self) }, "float32, not float64")
      refuses({ _ = try file.read("/g/x", as: Int32.self) }, "float32, not int32")
      refuses({ _ = try file.read("/g/x", as: Float.self, shape: [6]) }, "shape [2, 3], not [6]")
      refuses({ _ = try file.read("/g/x", as: Float.self, shape: [nil, 4]) }, "not [any, 4]")
      refuses({ _ = try file.readStrings("/g/x") }, "not string")
      refuses({ _ = try file.readStrings("/g/s", count: 3) }, "shape [2], not [3]")
      refuses({ _ = try file.read("/g/nothing", as: Float.self) }, "it has no /g/nothing")
      refuses({ _ = try file.read("/g", as: Float.self) }, "not a dataset")
      refuses({ _ = try file.children(of: "/g/x") }, "not a group")
      refuses({ _ = try file.string(attribute: "n", of: "/g") }, "not text")
      refuses({ _ = try file.int(attribute: "m", of: "/g") }, "no attribute m")
      refuses({ _ = try HDF5File(readingFrom: folder + "/none") }, "cannot read")
      refuses({ try HDF5File.writeAtomically(to: path) { try $0.write(["a\0b"], to: "/s") } }, "U+0000")
      let long = HDF5Attribute.string(String(repeating: "j", count: 64_001))
      refuses({ try HDF5File.writeAtomically(to: path) { try $0.setAttribute("l", long) } }, "more than 64000")
      refuses({ try HDF5File.writeAtomically(to: folder + "/no/a.h5") { _ in } }, "cannot write")
    }
  }

  @Test func everyTruncationIsAnError() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/a.h5"
      try Self.writeSmall(to: path)
      let bytes = try Data(contentsOf: URL(filePath: path))
      for length in Set((0..<64).map { $0 * 9 } + (1..<64).map { bytes.count * $0 / 64 } + [bytes.count - 1]) {
        let cut = folder + "/cut.h5"
        try bytes.prefix(length).write(to: URL(filePath: cut))
        #expect(throws: FormatError.self, "\(length) bytes") { _ = try HDF5File(readingFrom: cut) }
      }
    }
  }

  @Test func everyFlippedBitIsAnError() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/a.h5"
      try Self.writeSmall(to: path)
      let bytes = try Data(contentsOf: URL(filePath: path))
      var random = SeededGenerator(seed: 4)
      for _ in 0..<400 {
        let bit = Int.random(in: 0..<bytes.count * 8, using: &random)
        var flipped = bytes
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        try flipped.write(to: URL(filePath: path))
        #expect(throws: FormatError.self, "bit \(bit)") { _ = try HDF5File(readingFrom: path) }
      }
    }
  }

  /// Without the seal, as other programs leave it: the content digest is what tells.
  @Test func changedContentOfAnUnsealedFileIsFound() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/a.h5"
      try Self.writeSmall(to: path)
      let bytes = try Data(contentsOf: URL(filePath: path))
      let value = try #require(bytes.range(of: withUnsafeBytes(of: Float(42.5)) { Data($0) }))
      var unsealed = bytes.dropFirst(512)
      try unsealed.write(to: URL(filePath: path))
      let file = try HDF5File(readingFrom: path)
      #expect(!file.isSealed)
      try file.verify()
      unsealed[value.lowerBound] ^= 1
      try unsealed.write(to: URL(filePath: path))
      let error = #expect(throws: FormatError.self) { try HDF5File(readingFrom: path).verify() }
      #expect(error?.description.contains("content-sha256") == true)
    }
  }

  @Test func failureLeavesTheOldFileAndNothingElse() throws {
    struct Stop: Error {}
    try withTemporaryDirectory { folder in
      let path = folder + "/a.h5"
      try Self.writeSmall(to: path)
      let before = try Data(contentsOf: URL(filePath: path))
      #expect(throws: Stop.self) {
        try HDF5File.writeAtomically(to: path) { file in
          try file.write([Float](repeating: 1, count: 100_000), to: "/x")
          throw Stop()
        }
      }
      #expect(try Data(contentsOf: URL(filePath: path)) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.h5"])
    }
  }

  /// A limit on the size of files fails a write half-way, as a full disk does, without needing one. It is of the whole
  /// process, so this one is of its own.
  @Test func aDiskThatIsFullHalfWayLeavesTheOldFile() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryDirectory { folder in
        let path = folder + "/a.h5"
        try HDF5Tests.writeSmall(to: path)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        getrlimit(fileSizeLimit, &limit)
        limit.rlim_cur = 1 << 18
        #expect(setrlimit(fileSizeLimit, &limit) == 0)
        let error = #expect(throws: FormatError.self) {
          try HDF5File.writeAtomically(to: path) { try $0.write([Float](repeating: 1, count: 1 << 18), to: "/x") }
        }
        #expect(error == .unwritable(path: path, reason: systemReason(EFBIG)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.h5"])
        #expect(try HDF5File(readingFrom: path).exists("/g/x"))
      }
    }
  }

  @Test(arguments: [ENOSPC, EDQUOT]) func aFullDiskIsOneSentenceThatSaysWhatToDo(_ code: Int32) {
    let error = FormatError.unwritable(path: "run.h5", reason: systemReason(code))
    let sentence = "cannot write run.h5: the disk or the quota on it is full; free some space and run the command again"
    #expect(error.description == sentence)
  }

  @Test func stringsOfManyLengthsTakeLittleMoreThanTheirText() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/a.h5"
      var random = SeededGenerator(seed: 8)
      let short = (0..<400).map { _ in String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 36) }
      let strings = [String(repeating: "long ", count: 5000)] + short
      try HDF5File.writeAtomically(to: path) { try $0.write(strings, to: "/s") }
      #expect(try HDF5File(readingFrom: path).readStrings("/s") == strings)
      // Padded they would take 10 MB.
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      #expect(try #require(size) < 100_000)
    }
  }

  @Test func manyThreadsReadAndWriteAtOnce() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mtl-test-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for i in 0..<16 {
        group.addTask {
          try Self.writeSmall(to: "\(folder)/\(i)")
          try HDF5File(readingFrom: "\(folder)/\(i)").verify()
        }
      }
      try await group.waitForAll()
    }
  }

  static func writeSmall(to path: String) throws {
    try HDF5File.writeAtomically(to: path) { file in
      try file.write([1, 2, 3, 42.5, 5, 6] as [Float], shape: [2, 3], to: "/g/x")
      try file.write(["a", "bcd"], to: "/g/s")
      try file.write((0..<1000).map { Double($0 / 10) }, to: "/y", compressed: true)
      try file.setAttribute("n", .int(3), of: "/g")
      try file.setAttribute("t", .string("text"))
    }
  }
}

#if os(Linux)
  private let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  private let fileSizeLimit = RLIMIT_FSIZE
#endif
