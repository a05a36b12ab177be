import CKernels
import Foundation
import MTL
import Testing

/// Products in bfloat16: the values, the storages, and the independence of rows.
@Suite struct BFloat16Tests {
  private func rounded(_ buffer: FloatBuffer) -> FloatBuffer {
    let result = FloatBuffer(count: buffer.count)
    mtl_round_to_bf16(buffer.pointer, result.pointer, buffer.count)
    return result
  }

  @Test func roundingIsToTheNearestWithTiesToEven() {
    let cases: [(UInt32, UInt32)] = [
      (0x3f80_0000, 0x3f80_0000), (0x3f80_7fff, 0x3f80_0000), (0x3f80_8000, 0x3f80_0000), (0x3f80_8001, 0x3f81_0000),
      (0x3f81_8000, 0x3f82_0000), (0xbf81_8000, 0xbf82_0000), (0x7f7f_ffff, 0x7f80_0000), (0x7f80_0000, 0x7f80_0000),
      (0x8000_0001, 0x8000_0000), (0x007f_ffff, 0x0000_0000), (0x0000_0000, 0x0000_0000),
    ]
    for (input, expected) in cases {
      var (value, result) = (Float(bitPattern: input), Float(0))
      mtl_round_to_bf16(&value, &result, 1)
      #expect(result.bitPattern == expected, "\(String(input, radix: 16))")
    }
    var (nan, result) = (Float.nan, Float(0))
    mtl_round_to_bf16(&nan, &result, 1)
    #expect(result.isNaN)
  }

  /// Shapes that fill tiles, panels and blocks, and that leave one over.
  @Test(arguments: [1, 3, 4, 8, 21, 515], [(1, 1), (16, 2), (47, 31), (48, 64), (50, 321), (97, 33)])
  func products(_ m: Int, _ shape: (n: Int, k: Int)) {
    let (n, k) = shape
    let a = rounded(.random(m * k, seed: 1)).shaped(m, k)
    let w = rounded(.random(n * k, seed: 2))
    let before = FloatBuffer.random(m * n, seed: 3)
    let transposed = FloatBuffer(count: n * k).shaped(k, n)
    for i in 0..<k { for j in 0..<n { transposed[i, j] = w.shaped(n, k)[j, i] } }
    for native in Set([false, BaseCompute.isNative]) {
      let (forward, backward) = (FloatBuffer(before.values).shaped(m, n), FloatBuffer(before.values).shaped(m, n))
      let workspace = Workspace()
      workspace.multiply(a, w.shaped(n, k), .transposed, in: .bf16, native: native, into: forward, beta: 2)
      workspace.multiply(a, transposed, .plain, in: .bf16, native: native, into: backward, beta: 2)
      var worst = 0.0
      for i in Swift.stride(from: 0, to: m, by: max(1, m / 9)) {
        for j in 0..<n {
          let dot = (0..<k).reduce(0.0) { $0 + Double(a[i, $1]) * Double(w.pointer[j * k + $1]) }
          let expected = dot + 2 * Double(before.pointer[i * n + j])
          worst = max(worst, abs(Double(forward[i, j]) - expected), abs(Double(backward[i, j]) - expected))
        }
      }
      #expect(worst < 2e-5 * Double(max(16, k)).squareRoot(), "native: \(native)")
      #expect(workspace.work.products == 2 && workspace.work.multiplyAdds == 2 * m * n * k)
    }
  }

  @Test(.enabled(if: BaseCompute.isNative)) func aRowOfAProductDoesNotDependOnTheOthers() {
    let (m, n, k) = (530, 70, 330)
    let a = FloatBuffer.random(m * k, seed: 4).shaped(m, k)
    let w = FloatBuffer.random(n * k, seed: 5).shaped(n, k)
    let all = FloatBuffer(count: m * n).shaped(m, n)
    let workspace = Workspace()
    workspace.multiply(a, w, .transposed, in: .bf16, into: all, beta: 0)
    for rows in [0..<1, 3..<9, 100..<500, 527..<530] {
      let some = FloatBuffer(count: rows.count * n).shaped(rows.count, n)
      workspace.multiply(a.rows(rows), w, .transposed, in: .bf16, into: some, beta: 0)
      #expect(some.elements == all.rows(rows).elements)
    }
  }

  @Test(.enabled(if: BaseCompute.isNative), arguments: [1, 4, 9], [(1, 64), (4, 5), (22, 75), (22, 64)])
  func productsOfDecoding(_ rows: Int, _ shape: (outputs: Int, depth: Int)) {
    let (outputs, depth) = shape
    let x = rounded(.random(rows * depth, seed: 6)).shaped(rows, depth)
    let w = rounded(.random(outputs * depth, seed: 7))
    let halves = BFloat16Buffer(count: w.count)
    mtl_f32_to_bf16(w.pointer, halves.pointer, w.count)
    let before = FloatBuffer.random(rows * outputs, seed: 8)
    let (floats, compact) = (FloatBuffer(before.values).shaped(rows, outputs), FloatBuffer(before.values))
    let workspace = Workspace()
    workspace.skinnyProduct(x, weights: .fp32(w.pointer), into: floats, beta: 0.5)
    workspace.skinnyProduct(x, weights: .bf16(halves.pointer), into: compact.shaped(rows, outputs), beta: 0.5)
    #expect(floats.elements == compact.values)
    for i in 0..<rows {
      let alone = FloatBuffer(Array(before.values[i * outputs..<(i + 1) * outputs])).shaped(1, outputs)
      workspace.skinnyProduct(x.rows(i..<i + 1), weights: .fp32(w.pointer), into: alone, beta: 0.5)
      #expect(alone.elements == floats.rows(i..<i + 1).elements)
      for j in 0..<outputs {
        let dot = (0..<depth).reduce(0.0) { $0 + Double(x[i, $1]) * Double(w.pointer[j * depth + $1]) }
        #expect(abs(Double(floats[i, j]) - dot - 0.5 * Double(before.pointer[i * outputs + j])) < 1e-4)
      }
    }
  }

  @Test(arguments: [1, 3, 4, 9], [16, 70]) func compactWeightsOfDecodingGiveTheResultOfTheirValues(
    _ rows: Int, _ depth: Int
  ) {
    let outputs = 22
    let x = FloatBuffer.random(rows * depth, seed: 9).shaped(rows, depth)
    let w = rounded(.random(outputs * depth, seed: 10))
    let halves = BFloat16Buffer(count: w.count)
    mtl_f32_to_bf16(w.pointer, halves.pointer, w.count)
    let expected = FloatBuffer(count: rows * outputs).shaped(rows, outputs)
    let y = FloatBuffer(count: rows * outputs)
    MTL.skinnyProduct(x, w.shaped(outputs, depth), into: expected)
    mtl_skinny_product_bf16_weights(x.pointer, x.stride, halves.pointer, y.pointer, outputs, rows, outputs, depth, 1, 0)
    #expect(y.values == expected.elements)
  }

  /// Rounding happens before the product whatever the storage, so bfloat16 storage changes nothing; and a CPU without
  /// the instruction computes the same but for the order of additions.
  @Test func theStorageDoesNotChangeAProduct() throws {
    let fixture = try ReferenceModel("llama-gqa")
    let source = try ModelSource.open(path: fixture.folder.appending(path: "base").path)
    let tensor = try source.tensor(.layer(0, .gate))
    func products(_ storage: BaseStorage, native: Bool) -> [[Float]] {
      let matrix = WeightMatrix([tensor], storage: storage, compute: .bf16, native: native)
      let workspace = Workspace()
      let (t, range) = (9, 3..<matrix.rows - 2)
      let x = FloatBuffer.random(t * matrix.columns, seed: 11).shaped(t, matrix.columns)
      let dy = FloatBuffer.random(t * range.count, seed: 12).shaped(t, range.count)
      let y = FloatBuffer.random(t * range.count, seed: 13).shaped(t, range.count)
      let dx = FloatBuffer.random(t * matrix.columns, seed: 14).shaped(t, matrix.columns)
      let decoded = FloatBuffer.random(t * range.count, seed: 15).shaped(t, range.count)
      matrix.forward(x, rows: range, into: y, beta: 1, workspace)
      matrix.backward(dy, rows: range, into: dx, beta: 1, workspace)
      matrix.decode(x, rows: range, into: decoded, beta: 1, workspace)
      return [y.elements, dx.elements, decoded.elements]
    }
    let emulated = products(.fp32, native: false)
    for native in Set([false, BaseCompute.isNative]) {
      let expected = products(.fp32, native: native)
      #expect(products(.bf16, native: native) == expected)
      #expect(products(.asStored, native: native) == expected)
      for (a, b) in zip(expected, emulated) { #expect(relativeDistance(a, b) < 1e-5) }
    }
  }

  @Test func aModelInBFloat16IsNearTheModelInSinglePrecisionAndNotTheSame() throws {
    let half = try ReferenceModel("llama-gqa", storage: .bf16, compute: .bf16)
    let batch = PackedBatch(try #require(half.reference.batches.first).sequences)
    let losses = try half.model.losses(batch, adapter: nil, Workspace())
    let exact = try ReferenceModel("llama-gqa").model.losses(batch, adapter: nil, Workspace())
    #expect(losses != exact)
    #expect(zip(losses, exact).allSatisfy { abs($0 - $1) < 0.1 })
  }
}
