import Foundation

/// Numbers on a line: where they lie, and round ones to label.
struct Axis: Sendable {
  /// The least and the greatest number.
  let range: ClosedRange<Double>
  /// Where they lie, in points.
  let from: Double
  let to: Double

  /// An axis that holds all numbers, with a margin of a twentieth.
  init(_ values: some Sequence<Double>, from: Double, to: Double, includingZero: Bool = false) {
    var finite = values.filter(\.isFinite)
    if includingZero { finite.append(0) }
    let low = finite.min() ?? 0
    let high = finite.max() ?? 1
    let margin = high > low ? (high - low) / 20 : max(abs(high) / 20, 0.5)
    range = (low - margin)...(high + margin)
    self.from = from
    self.to = to
  }

  private init(range: ClosedRange<Double>, from: Double, to: Double) {
    self.range = range
    self.from = from
    self.to = to
  }

  /// The same numbers elsewhere.
  func moved(from: Double, to: Double) -> Axis { Axis(range: range, from: from, to: to) }

  func place(_ value: Double) -> Double {
    from + (value - range.lowerBound) / (range.upperBound - range.lowerBound) * (to - from)
  }

  /// About `count` round numbers, and two at least: multiples of 1, 2 or 5 times a power of ten.
  func ticks(_ count: Int) -> (values: [Double], decimals: Int) {
    for wanted in count...(count + 4) {
      let ticks = candidates(wanted)
      if ticks.values.count > 1 { return ticks }
    }
    return candidates(count)
  }

  private func candidates(_ count: Int) -> (values: [Double], decimals: Int) {
    let span = range.upperBound - range.lowerBound
    let rough = span / Double(max(count, 1))
    guard rough > 0, rough.isFinite else { return ([], 0) }
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? power * 10
    let first = Int((range.lowerBound / step).rounded(.up))
    let last = Int((range.upperBound / step).rounded(.down))
    guard last >= first, last - first < 100 else { return ([], 0) }
    return ((first...last).map { Double($0) * step }, max(0, -Int((log10(step) + 1e-9).rounded(.down))))
  }
}
