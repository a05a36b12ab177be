/// Adapters that read the same input of a layer, and so share one product with it.
package enum AdapterInput: Int, CaseIterable, Sendable {
  case attentionInput, attentionOutput, mlpInput, mlpHidden

  /// The targets that read it, in the order in which their outputs stand side by side.
  package var targets: [LoRATarget] {
    switch self {
    case .attentionInput: [.q, .k, .v]
    case .attentionOutput: [.o]
    case .mlpInput: [.gate, .up]
    case .mlpHidden: [.down]
    }
  }
}

/// Where the factors of one adapted matrix lie in the flat parameter vector.
package struct AdapterSite: Sendable, Equatable {
  package let layer: Int
  package let target: LoRATarget
  package let rank: Int
  package let inputWidth: Int
  package let outputWidth: Int
  /// A [rank, inputWidth] begins here.
  package let offsetA: Int
  /// B [outputWidth, rank] begins here.
  package let offsetB: Int
}

/// The order of all adapter parameters in one flat vector.
///
/// Layer by layer and input by input: first the A of every target that reads the input, one under another, so that
/// together they are one matrix; then their B.
package struct AdapterLayout: Sendable {
  package let settings: LoRASettings
  /// All sites, in the order of their parameters.
  package let sites: [AdapterSite]
  /// Number of parameters.
  package let count: Int
  private let index: [[[AdapterSite]]]  // layer, input -> sites

  package init(_ settings: LoRASettings, _ configuration: ModelConfiguration) {
    self.settings = settings
    var offset = 0
    var sites: [AdapterSite] = []
    var index: [[[AdapterSite]]] = []
    let layers = settings.layers.indices(of: configuration.layerCount)
    for layer in 0..<configuration.layerCount {
      var byInput: [[AdapterSite]] = []
      for input in AdapterInput.allCases {
        let targets = layers.contains(layer) ? input.targets.filter(settings.targets.contains) : []
        let inputWidth = configuration.inputWidth(of: input)
        var offsetB = offset + targets.count * settings.rank * inputWidth
        var here: [AdapterSite] = []
        for (i, target) in targets.enumerated() {
          let outputWidth = configuration.outputWidth(of: target)
          here.append(
            AdapterSite(
              layer: layer, target: target, rank: settings.rank, inputWidth: inputWidth, outputWidth: outputWidth,
              offsetA: offset + i * settings.rank * inputWidth, offsetB: offsetB))
          offsetB += outputWidth * settings.rank
        }
        offset = offsetB
        sites += here
        byInput.append(here)
      }
      index.append(byInput)
    }
    self.sites = sites
    self.index = index
    count = offset
  }

  /// The sites of a layer that read `input`.
  package func sites(_ layer: Int, _ input: AdapterInput) -> [AdapterSite] { index[layer][input.rawValue] }

  /// The lowest layer with an adapter; nothing below it needs a gradient.
  package var lowestLayer: Int? { sites.first?.layer }
}

extension ModelConfiguration {
  /// Width of what the targets of `input` read.
  package func inputWidth(of input: AdapterInput) -> Int {
    switch input {
    case .attentionInput, .mlpInput: hiddenSize
    case .attentionOutput: queryWidth
    case .mlpHidden: intermediateSize
    }
  }

  /// Width of what `target` writes.
  package func outputWidth(of target: LoRATarget) -> Int {
    switch target {
    case .q: queryWidth
    case .k, .v: keyValueWidth
    case .o, .down: hiddenSize
    case .gate, .up: intermediateSize
    }
  }
}
