/// One summand of a statistic: a value, or a gain of a subset over a reference, on one task.
struct Term: Sendable {
  enum Scale { case value, absolute, relative }

  var coefficient: Double
  var task: Int
  var subset: Subset
  /// What the gain is over; nil for the plain value.
  var reference: Subset?
  var scale: Scale

  static func value(_ subset: Subset, task: Int, coefficient: Double = 1) -> Term {
    Term(coefficient: coefficient, task: task, subset: subset, reference: nil, scale: .value)
  }

  static func gain(_ subset: Subset, over reference: Subset, task: Int, relative: Bool) -> Term {
    Term(coefficient: 1, task: task, subset: subset, reference: reference, scale: relative ? .relative : .absolute)
  }

  var subsets: [Subset] { reference.map { [subset, $0] } ?? [subset] }
}

/// A linear combination of terms under every weighting: what an interval is computed from.
struct StatisticColumns: Sendable {
  /// The seeds all terms have; 0 when no term depends on one.
  let seeds: Int
  var point = 0.0
  /// [max(seeds, 1)]
  var perSeed: [Double]
  /// [draws]
  var draws: [Double]
  /// For each task that enters, by index: [max(seeds, 1), clusters] with that seed alone and that cluster left out.
  var jackknife: [Int: [Double]] = [:]
}
