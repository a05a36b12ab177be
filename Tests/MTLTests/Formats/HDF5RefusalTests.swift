import Foundation
import MTL
import Testing

/// What other programs can put into an HDF5 file and this one does not follow. The fixture was written with h5py:
/// links and storage that lead elsewhere, datasets that claim more than they store, and types that are not read.
@Suite struct HDF5RefusalTests {
  private func file() throws -> HDF5File { try HDF5File(readingFrom: try fixture("hdf5/refused.h5")) }

  @Test(arguments: [
    ("/soft/x", "soft or external link /soft"), ("/external/x", "soft or external link /external"),
    ("/virtual", "storage of /virtual in other files"), ("/elsewhere", "storage of /elsewhere in other files"),
    ("/unwritten", "claims 4398046511104 bytes and stores 0"), ("/overflowing", "impossible shape"),
    ("/sparse", "claims 137438953472 bytes"), ("/filtered", "filter 6 of /filtered"),
    ("/unsigned", "element type of /unsigned"), ("/half", "element type of /half"),
    ("/compound", "element type of /compound"), ("/fixed", "element type of /fixed"),
    ("/variable", "element type of /variable"), ("/padded", "/padded is string, not float32"),
    ("/null", "impossible rank"), ("/type", "not a dataset"),
  ])
  func isRefusedByName(_ path: String, _ words: String) throws {
    let file = try file()
    let error = #expect(throws: FormatError.self) { _ = try file.read(path, as: Float.self) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  /// The reference of this string says 10 bytes, the heap holds 5000: HDF5 would copy them all into a smaller buffer.
  @Test func stringsOfVariableLengthAreRefused() throws {
    let file = try file()
    let dataset = #expect(throws: FormatError.self) { _ = try file.readStrings("/variable") }
    #expect(dataset?.description.contains("element type of /variable") == true)
    let attribute = #expect(throws: FormatError.self) { _ = try file.string(attribute: "variable", of: "/variable") }
    #expect(attribute?.description.contains("type of attribute variable") == true)
  }

  @Test func whatIsSoundIsRead() throws {
    let file = try file()
    #expect(!file.isSealed)
    #expect(try file.read("/g/x", as: Float.self).values == [0, 1, 2])
    #expect(try file.read("/big", as: Float.self).values == [0, 1, 2])
    #expect(try file.readStrings("/padded") == ["ab", "ü"])
    #expect(try file.read("/fletcher", as: Int32.self).values == (0..<100).map { Int32($0) })
  }

  @Test func attributesThatAreListsAreRefused() throws {
    let error = #expect(throws: FormatError.self) { _ = try file().attribute("list") }
    #expect(error?.description.contains("attribute list of /") == true)
  }

  @Test func verifyingSuchAFileEnds() throws {
    #expect(throws: FormatError.self) { try file().verify() }
  }
}
