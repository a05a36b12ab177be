import Crypto

/// A LoRA adapter (Hu et al. 2021, arXiv 2106.09685): `y = x W^T + s (x A^T) B^T` at every adapted matrix.
public final class Adapter: Sendable {
  package let layout: AdapterLayout
  package let parameters: FloatBuffer

  /// An adapter of zeros.
  package init(layout: AdapterLayout) {
    self.layout = layout
    parameters = FloatBuffer(count: layout.count)
  }

  /// Kaiming-uniform A (bound 1 / sqrt(in)) and zero B, as PEFT initialises them; the same for the same seed and site
  /// whatever else is adapted.
  package convenience init(layout: AdapterLayout, seed: UInt64) {
    self.init(layout: layout)
    for site in layout.sites {
      let stream = UInt64(site.layer) << 8 | UInt64(LoRATarget.allCases.firstIndex(of: site.target) ?? 0)
      var random = CounterBasedGenerator(seed: seed, purpose: .adapterInitialisation, stream: stream)
      let bound = 1 / Float(site.inputWidth).squareRoot()
      for i in 0..<site.rank * site.inputWidth {
        parameters.pointer[site.offsetA + i] = (2 * random.nextUnitFloat() - 1) * bound
      }
    }
  }

  /// An adapter of these settings for a model: random A, zero B.
  public convenience init(settings: LoRASettings, configuration: ModelConfiguration, seed: UInt64) {
    self.init(layout: AdapterLayout(settings, configuration), seed: seed)
  }

  /// SHA-256 over the bytes of its parameters.
  public var sha256: String {
    let bytes = UnsafeRawBufferPointer(start: parameters.pointer, count: parameters.count * MemoryLayout<Float>.stride)
    return SHA256.hash(data: bytes).hex
  }

  /// The settings it was made with.
  public var settings: LoRASettings { layout.settings }

  /// Number of trainable parameters.
  public var parameterCount: Int { layout.count }

  /// A [rank, in] of a site.
  package func a(_ site: AdapterSite) -> Matrix {
    parameters.matrix(offset: site.offsetA, rows: site.rank, columns: site.inputWidth)
  }

  /// B [out, rank] of a site.
  package func b(_ site: AdapterSite) -> Matrix {
    parameters.matrix(offset: site.offsetB, rows: site.outputWidth, columns: site.rank)
  }

  /// A copy that shares nothing.
  package func copy() -> Adapter {
    let copy = Adapter(layout: layout)
    copy.parameters.pointer.update(from: parameters.pointer, count: parameters.count)
    return copy
  }
}
