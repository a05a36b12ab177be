import Experiments
import Foundation
import MTL
import Testing

@Suite struct EventFileTests {
  /// Written with TensorBoard 2.21's own protocol buffers and RecordWriter: the version at 1700000000.25; at 1700000001.5
  /// and step 300 train/loss 1.25 and test/pubmedqa/acc 0.1; at 1700000002 and step 0 x -3.
  private let reference = """
    GAAAAAAAAACjf0siCQAAEED8VNlBGg1icmFpbi5FdmVudDoyM40v6TsAAAAAAAAAGiOsXAkAAGBA/FTZQRCsAiotChEKCnRy\
    YWluL2xvc3MVAACgPwoYChF0ZXN0L3B1Ym1lZHFhL2FjYxXNzMw94HaygxUAAAAAAAAA1qtrKwkAAIBA/FTZQSoKCggKAXgV\
    AABAwEp3QE8=
    """

  @Test func recordsAreTheBytesThatTensorBoardWrites() throws {
    let bytes =
      EventRecord.version(time: 1_700_000_000.25)
      + EventRecord.scalars(
        [("train/loss", 1.25), ("test/pubmedqa/acc", 0.1)], step: 300, time: 1_700_000_001.5)
      + EventRecord.scalars([("x", -3)], step: 0, time: 1_700_000_002)
    #expect(bytes == Array(try #require(Data(base64Encoded: reference))))
  }
}
