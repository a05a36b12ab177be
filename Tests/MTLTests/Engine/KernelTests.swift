import CKernels
import Foundation
import MTL
import Testing

/// Every fast kernel against its naive twin in double precision.
@Suite struct KernelTests {
  /// Known answers of Random123 for Philox4x32-10.
  @Test func philoxGivesThePublishedNumbers() {
    func words(_ key: UInt64, _ low: UInt64, _ high: UInt64) -> [UInt32] {
      var result: [UInt32] = [0, 0, 0, 0]
      mtl_philox(key, low, high, &result)
      return result
    }
    #expect(words(0, 0, 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(words(.max, .max, .max) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      words(0x299f_31d0_a409_3822, 0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e)
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  @Test(arguments: [1, 3, 4, 7, 16], [16, 17, 64, 75]) func skinnyProduct(_ rows: Int, _ depth: Int) {
    let outputs = 13
    let x = FloatBuffer.random(rows * depth, seed: 1).shaped(rows, depth)
    let w = FloatBuffer.random(outputs * depth, seed: 2).shaped(outputs, depth)
    let before = FloatBuffer.random(rows * outputs, seed: 3)
    let y = FloatBuffer(before.values).shaped(rows, outputs)
    MTL.skinnyProduct(x, w, into: y, alpha: 0.5, beta: 2)
    for i in 0..<rows {
      for n in 0..<outputs {
        let dot = (0..<depth).reduce(0.0) { $0 + Double(x[i, $1]) * Double(w[n, $1]) }
        #expect(abs(Double(y[i, n]) - (0.5 * dot + 2 * Double(before.pointer[i * outputs + n]))) < 1e-4)
      }
    }
  }

  @Test func skinnyRowsDoNotDependOnTheirNumber() {
    let (rows, outputs, depth) = (9, 22, 70)
    let x = FloatBuffer.random(rows * depth, seed: 4).shaped(rows, depth)
    let w = FloatBuffer.random(outputs * depth, seed: 5).shaped(outputs, depth)
    let together = FloatBuffer(count: rows * outputs).shaped(rows, outputs)
    MTL.skinnyProduct(x, w, into: together)
    for i in 0..<rows {
      let alone = FloatBuffer(count: outputs).shaped(1, outputs)
      MTL.skinnyProduct(x.rows(i..<i + 1), w, into: alone)
      #expect(alone.elements == together.rows(i..<i + 1).elements)
    }
  }

  @Test func gemmOfEveryTransposition() {
    let a = FloatBuffer.random(6 * 5, seed: 6)
    let b = FloatBuffer.random(5 * 4, seed: 7)
    for transposeA in [Transposition.plain, .transposed] {
      for transposeB in [Transposition.plain, .transposed] {
        let left = transposeA == .plain ? a.shaped(6, 5) : a.shaped(5, 6)
        let right = transposeB == .plain ? b.shaped(5, 4) : b.shaped(4, 5)
        let c = FloatBuffer(count: 24).shaped(6, 4)
        gemm(left, transposeA, right, transposeB, into: c)
        for i in 0..<6 {
          for j in 0..<4 {
            let sum = (0..<5).reduce(0.0) { sum, k in
              let x = transposeA == .plain ? left[i, k] : left[k, i]
              let y = transposeB == .plain ? right[k, j] : right[j, k]
              return sum + Double(x) * Double(y)
            }
            #expect(abs(Double(c[i, j]) - sum) < 1e-5)
          }
        }
      }
    }
  }

  /// The exponential inside softmax over its whole range, and rows that see only some of their columns.
  @Test func attentionSoftmax() {
    let columns = 37
    let scores = FloatBuffer.random(4 * columns, seed: 8, scale: 30)
    let original = scores.values
    let visible: [Int32] = [1, 5, 36, 37]
    var logSum = [Float](repeating: 0, count: 4)
    mtl_attention_softmax(scores.pointer, visible, &logSum, 1, 4, columns, 0.7)
    for i in 0..<4 {
      let row = (0..<Int(visible[i])).map { 0.7 * Double(original[i * columns + $0]) }
      let top = row.max() ?? 0
      let sum = row.reduce(0) { $0 + exp($1 - top) }
      #expect(abs(Double(logSum[i]) - (top + log(sum))) < 1e-5 * max(1, abs(top)))
      for j in 0..<columns {
        let expected = j < row.count ? exp(row[j] - top) / sum : 0
        let value = Double(scores.pointer[i * columns + j])
        #expect(abs(value - expected) <= 3e-6 * expected + 1e-30, "row \(i), column \(j)")
      }
    }
  }

  @Test func decodingAttentionEqualsTheRowOfTheForwardPass() {
    let (keys, width) = (23, 12)
    let q = FloatBuffer.random(width, seed: 9).shaped(1, width)
    let k = FloatBuffer.random(keys * width, seed: 10).shaped(keys, width)
    let v = FloatBuffer.random(keys * width, seed: 11).shaped(keys, width)
    let output = FloatBuffer(count: width).shaped(1, width)
    let logSum = FloatBuffer(count: 1).shaped(1, 1)
    Attention(heads: 1, keyValueHeads: 1, headWidth: width).forward(
      q: q, k: k, v: v, spans: [AttentionSpan(queries: 0..<1, keys: 0..<keys, visible: [Int32(keys)])], into: output,
      logSum: logSum, Workspace())
    var decoded = [Float](repeating: 0, count: width)
    var scratch = [Float](repeating: 0, count: keys)
    mtl_attention_decode(
      q.pointer, k.pointer, v.pointer, width, &decoded, &scratch, keys, width, 1 / Float(width).squareRoot())
    #expect(zip(decoded, output.elements).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func crossEntropyOfExtremeLogits() {
    let logits: [Float] = [80, -80, 0, 1e4, 1e4, -1e4]
    var losses: [Float] = [0, 0]
    mtl_cross_entropy(logits, [1, 0], &losses, 2, 3)
    #expect(losses[0] == 160)
    #expect(abs(losses[1] - log(2)) < 1e-3)
  }

  @Test(arguments: [0.1, 0.5]) func dropoutKeepsTheShareAndTheMeanItPromises(_ probability: Float) {
    let (rows, width) = (64, 576)
    let x = FloatBuffer([Float](repeating: 1, count: rows * width))
    let y = FloatBuffer(count: rows * width)
    let keys = (0..<UInt64(rows)).map { $0 << 32 | 5 }
    mtl_dropout(x.pointer, width, y.pointer, keys, rows, width, probability, 77, 3)
    let dropped = y.values.count { $0 == 0 }
    let expected = Double(probability) * Double(x.count)
    let deviation = (expected * (1 - Double(probability))).squareRoot()
    #expect(abs(Double(dropped) - expected) < 4 * deviation)
    #expect(y.values.allSatisfy { $0 == 0 || $0 == 1 / (1 - probability) })
    let gradient = FloatBuffer(count: x.count)
    mtl_dropout_add(x.pointer, gradient.pointer, keys, rows, width, probability, 77, 3)
    #expect(gradient.values == y.values, "backward uses the mask of forward")
    let other = FloatBuffer(count: x.count)
    mtl_dropout(x.pointer, width, other.pointer, keys, rows, width, probability, 77, 4)
    #expect(other.values != y.values)
  }

  @Test func bfloat16RoundsToNearestEven() {
    let values: [Float] = [1, 1.00390625, 1.01171875, -3.3895314e38, .infinity, .nan, Float(bitPattern: 71_362)]
    var halves = [UInt16](repeating: 0, count: values.count)
    mtl_f32_to_bf16(values, &halves, values.count)
    #expect(Array(halves.prefix(3)) == [0x3F80, 0x3F80, 0x3F82])
    #expect(halves[4] == 0x7F80 && halves[5] & 0x7FFF > 0x7F80)
  }

  @Test func argmaxTakesTheFirstOfEquals() {
    #expect(mtl_argmax([1, 3, 3, 2], 4) == 1)
    #expect(mtl_argmax([-5], 1) == 0)
  }

  @Test func workersFinishEveryJobAndReportTheFirstError() throws {
    struct Failure: Error, Equatable { var number: Int }
    let pool = WorkerPool(count: 3)
    #expect(try pool.map(100) { index, _ in index * index } == (0..<100).map { $0 * $0 })
    #expect(try pool.map(0) { index, _ in index }.isEmpty)
    #expect(throws: Failure(number: 4)) {
      try pool.map(9) { index, _ in if index == 4 || index == 7 { throw Failure(number: index) } }
    }
    #expect(try pool.map(2) { index, _ in index } == [0, 1])
  }
}
