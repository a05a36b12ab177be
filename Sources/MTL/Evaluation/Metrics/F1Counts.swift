/// What F1 is made of: items that match, items that were predicted, items that were wanted.
struct F1Counts: Equatable {
  var matched = 0.0
  var predicted = 0.0
  var wanted = 0.0

  /// `2 matched / (predicted + wanted)`; 1 where nothing was wanted and nothing predicted.
  var f1: Double { predicted + wanted > 0 ? 2 * matched / (predicted + wanted) : 1 }

  /// Parts three by three.
  static func groups(_ parts: [Double]) -> [F1Counts] {
    stride(from: 0, to: parts.count - 2, by: 3).map {
      F1Counts(matched: parts[$0], predicted: parts[$0 + 1], wanted: parts[$0 + 2])
    }
  }

  var parts: [Double] { [matched, predicted, wanted] }
}
