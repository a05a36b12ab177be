import CKernels
import Foundation

/// Rotary position embedding (arXiv 2104.09864), half-split as in Hugging Face, default or llama3-scaled.
package struct RotaryEmbedding: Sendable {
  package let headWidth: Int
  /// Positions that the tables cover.
  package let positions: Int
  private let cosine: FloatBuffer  // [positions, Dh / 2]
  private let sine: FloatBuffer  // [positions, Dh / 2]

  /// Tables of `cos(p f_i)` and `sin(p f_i)` for the frequencies f [Dh / 2].
  package init(frequencies: [Float], positions: Int) {
    headWidth = 2 * frequencies.count
    self.positions = positions
    cosine = FloatBuffer(count: positions * frequencies.count)
    sine = FloatBuffer(count: positions * frequencies.count)
    var index = 0
    for position in 0..<positions {
      for frequency in frequencies {
        // The reference computes the angle in single precision; at long positions the difference is visible.
        let angle = Float(position) * frequency
        cosine.pointer[index] = Float(cos(Double(angle)))
        sine.pointer[index] = Float(sin(Double(angle)))
        index += 1
      }
    }
  }

  /// Rotates the heads of x [T, heads * Dh] by their tokens' positions, in place.
  package func forward(_ x: Matrix, positions: [Int32]) { rotate(x, positions, direction: 1) }

  /// Turns the gradient of the rotated heads into that of the heads before, in place.
  package func backward(_ dx: Matrix, positions: [Int32]) { rotate(dx, positions, direction: -1) }

  private func rotate(_ x: Matrix, _ tokens: [Int32], direction: Float) {
    precondition(tokens.count == x.rows && x.columns % headWidth == 0)
    precondition(tokens.allSatisfy { $0 >= 0 && Int($0) < positions })
    mtl_rope(
      x.pointer, x.stride, tokens, cosine.pointer, sine.pointer, x.rows, x.columns / headWidth, headWidth, direction)
  }
}
