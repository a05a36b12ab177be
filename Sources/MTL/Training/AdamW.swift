import CKernels
import Foundation

/// AdamW with decoupled weight decay (arXiv 1711.05101), bias-corrected, over a flat parameter vector.
package final class AdamW: Sendable {
  package let firstMoments: FloatBuffer
  package let secondMoments: FloatBuffer

  package init(count: Int) {
    firstMoments = FloatBuffer(count: count)
    secondMoments = FloatBuffer(count: count)
  }

  /// Updates `parameters` for step number `step` (from 1).
  package func update(
    _ parameters: FloatBuffer, gradient: FloatBuffer, gradientScale: Double, learningRate: Double, step: Int,
    _ settings: TrainingSettings
  ) {
    precondition(parameters.count == gradient.count && parameters.count == firstMoments.count && step > 0)
    mtl_adamw(
      parameters.pointer, gradient.pointer, firstMoments.pointer, secondMoments.pointer, parameters.count,
      Float(gradientScale), Float(learningRate), Float(settings.beta1), Float(settings.beta2),
      Float(settings.epsilon), Float(settings.weightDecay), Float(1 - pow(settings.beta1, Double(step))),
      Float(1 - pow(settings.beta2, Double(step))))
  }
}
