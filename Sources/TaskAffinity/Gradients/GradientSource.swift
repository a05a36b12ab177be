/// Which examples of a task.
public enum Split: String, Codable, Sendable {
  /// What runs are trained on.
  case train
  /// What runs are evaluated on.
  case heldOut = "held-out"
}

/// One example of one task.
public struct ExampleKey: Hashable, Codable, Sendable {
  /// The task's index in the layout.
  public let task: Int
  /// Training or held-out.
  public let split: Split
  /// The example's index in its split.
  public let index: Int

  /// Names an example.
  public init(task: Int, split: Split, index: Int) {
    self.task = task
    self.split = split
    self.index = index
  }
}

/// What is differentiated with respect to the adapter's parameters.
public enum GradientScalar: Hashable, Codable, Sendable {
  /// Negative log-likelihood of the true answer, summed over its tokens.
  case loss
  /// The same with every answer token replaced by one that the model draws at that position (true context); the draw's
  /// number keys the generator. Outer products of these gradients estimate the Gauss-Newton matrix without bias.
  case sampledLoss(draw: Int)
  /// Mean over answer tokens of log(p / (1 - p)): the scalar of Grad-TAG and GradEx.
  case meanLogOdds
}

/// What a model says about one example besides the gradient.
public struct GradientRow: Codable, Sendable, Equatable {
  /// The example.
  public let example: ExampleKey
  /// What was differentiated.
  public let scalar: GradientScalar
  /// The scalar's value.
  public let value: Double
  /// Answer tokens.
  public let tokens: Int
  /// Negative log-likelihood of the true answer, summed over its tokens.
  public let nll: Double

  /// Describes a gradient.
  public init(example: ExampleKey, scalar: GradientScalar, value: Double, tokens: Int, nll: Double) {
    self.example = example
    self.scalar = scalar
    self.value = value
    self.tokens = tokens
    self.nll = nll
  }
}

/// A contiguous part of the adapter's parameters, as one matrix or one layer.
public struct ParameterBlock: Hashable, Codable, Sendable {
  /// The part's name, such as `layers.3.q_proj.A`.
  public let name: String
  /// Its places in the flat parameter vector.
  public let range: Range<Int>

  /// Names a range.
  public init(name: String, range: Range<Int>) {
    self.name = name
    self.range = range
  }
}

/// A model at one adapter, asked for per-example gradients; the layout of the flat vector is the model's own.
public protocol GradientSource {
  /// The adapter's parameters in order, covering the vector without gaps.
  var parameterBlocks: [ParameterBlock] { get }

  /// Visits the gradient of the scalar of each example, in the order given, each exactly once.
  ///
  /// The buffer holds one number a parameter and is only valid during the call.
  func visitGradients(
    _ scalar: GradientScalar, of examples: [ExampleKey],
    _ body: (GradientRow, UnsafeBufferPointer<Float>) throws -> Void) throws
}

/// The loss of one example.
public struct ExampleLoss: Codable, Sendable, Equatable {
  /// Negative log-likelihood of the answer, summed over its tokens.
  public let nll: Double
  /// Answer tokens.
  public let tokens: Int

  /// A loss.
  public init(nll: Double, tokens: Int) {
    self.nll = nll
    self.tokens = tokens
  }
}

/// A model at one adapter, asked for losses at displaced parameters.
public protocol LossSource {
  /// The losses of examples at the adapter plus a displacement of its flat parameter vector (nil for none).
  func losses(of examples: [ExampleKey], displacement: [Float]?) throws -> [ExampleLoss]
}

/// What an estimate cost, everything included.
public struct EstimatorCost: Codable, Sendable, Equatable {
  /// Examples run forward.
  public var forward: Int
  /// Examples run forward and backward.
  public var backward: Int
  /// Runs trained for it: the adapter it expands at, anchors, pairs.
  public var runs: Int
  /// Measured processor seconds, training included, where the caller measured them.
  public var seconds: Double?

  /// A cost, by default none.
  public init(forward: Int = 0, backward: Int = 0, runs: Int = 0, seconds: Double? = nil) {
    self.forward = forward
    self.backward = backward
    self.runs = runs
    self.seconds = seconds
  }
}
