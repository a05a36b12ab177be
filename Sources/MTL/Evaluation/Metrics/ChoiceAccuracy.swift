/// The share of examples whose right choice is the likeliest.
public struct ChoiceAccuracy: MeanMetric {
  /// What a choice's log-likelihood is divided by.
  public enum Normalisation: Sendable {
    /// Nothing: the likelihood of the whole answer.
    case none
    /// The choice's UTF-8 bytes, as lm-evaluation-harness does for `acc_norm`.
    case bytes
    /// The choice's tokens: the mean likelihood of a token.
    case tokens
  }

  let normalisation: Normalisation

  public var name: String {
    switch normalisation {
    case .none: "acc"
    case .bytes: "acc_norm"
    case .tokens: "acc_token_norm"
    }
  }

  /// 1 if the right choice is the likeliest; the first of several equally likely ones counts.
  func value(_ outcome: ExampleOutcome) -> Double {
    let losses = zip(outcome.choiceLikelihoods, outcome.choices).map { likelihood, text in
      switch normalisation {
      case .none: likelihood.nll
      case .bytes: likelihood.nll / Double(max(1, text.utf8.count))
      case .tokens: likelihood.nll / Double(max(1, likelihood.tokens))
      }
    }
    guard let gold = outcome.goldChoice, let best = losses.indices.min(by: { losses[$0] < losses[$1] }) else {
      return 0
    }
    return best == gold ? 1 : 0
  }
}
