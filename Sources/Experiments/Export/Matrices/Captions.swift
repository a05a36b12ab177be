import TaskAffinity

extension DisplayMatrix {
  /// What the intervals are: level, seeds and examples.
  package var intervalCaption: String {
    let level = signedText(
      confidence * 100, decimals: confidence * 100 == (confidence * 100).rounded() ? 0 : 1, signed: false)
    let seeds = known.map(\.seeds).filter { $0 > 0 }
    let counts = seeds.min() == seeds.max() ? "\(seeds.max() ?? 0)" : "\(seeds.min() ?? 0) to \(seeds.max() ?? 0)"
    var scopes: [IntervalScope] = []
    for scope in known.map(\.scope) where !scopes.contains(scope) { scopes.append(scope) }
    // Beside the others, that the base has no seed goes without saying.
    if scopes.count > 1 { scopes.removeAll { $0 == .examples } }
    let sentences = scopes.map { scope in
      switch scope {
      case .seedsAndExamples: "\(level)% BCa bootstrap intervals over \(counts) seeds and examples."
      case .examples: "\(level)% BCa bootstrap intervals over examples."
      case .examplesOfOneSeed:
        "\(level)% BCa bootstrap intervals cover examples only: there is one seed, and how much another would differ is "
          + "unknown."
      case .seedsOnly: "\(level)% BCa bootstrap intervals over \(counts) seeds only, for want of examples."
      case .none: "No intervals: one seed and one cluster of examples."
      }
    }
    return sentences.joined(separator: " ")
  }

  /// What every table and figure of it has to say.
  package var caption: String {
    var text = title + ". Estimand: \(estimand.title)."
    if !known.isEmpty { text += " " + intervalCaption }
    return text
  }

  /// What a gap means; nil where there is none.
  var gapCaption: String? { hasGaps ? "— a run is missing." : nil }
}
