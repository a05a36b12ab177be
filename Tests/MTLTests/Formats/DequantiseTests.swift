import CKernels
import Testing

/// Naive twins of the C loops, one element at a time.
private enum Naive {
  static func half(_ bytes: [UInt8], _ at: Int) -> Float {
    Float(Float16(bitPattern: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8))
  }

  static func nibble(_ bytes: [UInt8], _ start: Int, _ i: Int) -> Int {
    i < 16 ? Int(bytes[start + i] & 15) : Int(bytes[start + i - 16] >> 4)
  }

  static func q8_0(_ b: [UInt8], block: Int, element i: Int) -> Float {
    half(b, block * 34) * Float(Int8(bitPattern: b[block * 34 + 2 + i]))
  }

  static func q4_0(_ b: [UInt8], block: Int, element i: Int) -> Float {
    half(b, block * 18) * Float(nibble(b, block * 18 + 2, i) - 8)
  }

  static func q4_1(_ b: [UInt8], block: Int, element i: Int) -> Float {
    half(b, block * 20) * Float(nibble(b, block * 20 + 4, i)) + half(b, block * 20 + 2)
  }
}

@Suite struct DequantiseTests {
  private typealias Kernel = (UnsafeRawPointer?, UnsafeMutablePointer<Float>?, Int) -> Void

  private func run(_ kernel: Kernel, _ bytes: [UInt8], count: Int, units: Int) -> [Float] {
    var output = [Float](repeating: .nan, count: count)
    // One byte in front, so that the source is not aligned.
    let shifted = [0] + bytes
    shifted.withUnsafeBytes { source in
      output.withUnsafeMutableBufferPointer { kernel(source.baseAddress.map { $0 + 1 }, $0.baseAddress, units) }
    }
    return output
  }

  private func blocks(_ count: Int, bytesEach: Int, scales: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).flatMap { _ -> [UInt8] in
      var block = (0..<bytesEach).map { _ in UInt8.random(in: 0...255, using: &generator) }
      // Any finite scale, subnormals and signs included: an exponent of all ones is made smaller.
      for s in 0..<scales where block[2 * s + 1] & 0x7c == 0x7c { block[2 * s + 1] &= 0xbf }
      return block
    }
  }

  @Test func everyHalfConvertsExactly() {
    let bytes = (0...UInt16.max).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let output = run(mtl_f16_to_f32, bytes, count: 65536, units: 65536)
    let wrong = (0...UInt16.max).filter { bits in
      let expected = Float(Float16(bitPattern: bits))
      let value = output[Int(bits)]
      return expected.isNaN ? !value.isNaN : value.bitPattern != expected.bitPattern
    }
    #expect(wrong.isEmpty, "halves \(wrong.prefix(5))")
  }

  @Test func everyBrainFloatConvertsExactly() {
    let bytes = (0...UInt16.max).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let output = run(mtl_bf16_to_f32, bytes, count: 65536, units: 65536)
    #expect(output.map(\.bitPattern) == (0...UInt16.max).map { UInt32($0) << 16 })
  }

  @Test func q8_0EqualsItsTwin() {
    let bytes = blocks(257, bytesEach: 34, scales: 1, seed: 1)
    let output = run(mtl_q8_0_to_f32, bytes, count: 257 * 32, units: 257)
    #expect(output == (0..<257 * 32).map { Naive.q8_0(bytes, block: $0 / 32, element: $0 % 32) })
  }

  @Test func q4_0EqualsItsTwin() {
    let bytes = blocks(257, bytesEach: 18, scales: 1, seed: 2)
    let output = run(mtl_q4_0_to_f32, bytes, count: 257 * 32, units: 257)
    #expect(output == (0..<257 * 32).map { Naive.q4_0(bytes, block: $0 / 32, element: $0 % 32) })
  }

  @Test func q4_1EqualsItsTwin() {
    let bytes = blocks(257, bytesEach: 20, scales: 2, seed: 3)
    let output = run(mtl_q4_1_to_f32, bytes, count: 257 * 32, units: 257)
    #expect(output == (0..<257 * 32).map { Naive.q4_1(bytes, block: $0 / 32, element: $0 % 32) })
  }
}
