import Foundation
import TaskAffinity

extension AffinityEstimates {
  /// What a method says of adding a unit to a target.
  public struct PairGain: Sendable, Codable, CustomStringConvertible {
    /// The method.
    public var method: String
    /// The unit.
    public var unit: String
    /// The task or category.
    public var target: String
    /// Gain of the target in nats a token over training alone; in no unit where the method was not calibrated.
    public var gain: Double
    /// Half the width of its interval at the calibration's level, if known: that of the greater of the two predictions.
    public var halfWidth: Double?
    /// Whether it has a unit.
    public var isCalibrated: Bool

    /// A sentence.
    public var description: String {
      let number = String(format: "%+.3f", gain)
      let width = halfWidth.map { String(format: " ± %.3f", $0) } ?? ""
      return "estimated (\(method)): adding \(unit) to \(target) gains \(number)\(width)"
        + (isCalibrated ? " nats a token" : ", in no unit: give `mtl affinity estimate` some --anchors")
    }
  }

  /// Estimated pairwise affinity, [source unit][target unit]: score of the target's tasks at both less that alone.
  public func pairwise(_ estimate: MethodEstimate) -> [[Double?]] {
    let units = layout.units
    return units.map { source in
      units.map { target in source == target ? nil : gain(estimate.best, of: source, on: target) }
    }
  }

  private func gain(_ estimate: TransferEstimate, of source: String, on target: String) -> Double? {
    let tasks = layout.tasks.indices.filter { layout.unit($0) == target }
    let gains = tasks.map { task -> Double? in
      guard let both = estimate[[source, target], task], let alone = estimate[[target], task] else { return nil }
      return both - alone
    }
    let known = gains.compactMap { $0 }
    return known.isEmpty || known.count < tasks.count ? nil : known.reduce(0, +) / Double(known.count)
  }

  /// What the best method at hand (the first) says of adding units to a target.
  public func gains(target: String, over units: [String]) -> [PairGain] {
    guard let estimate = estimates.first else { return [] }
    let tasks = layout.tasks.indices.filter { layout.tasks[$0].name == target || layout.tasks[$0].category == target }
    guard let first = tasks.first else { return [] }
    let own = layout.unit(first)
    return units.compactMap { unit in
      let both: Subset = [own, unit]
      let known = tasks.compactMap { task -> Double? in
        guard let together = estimate.best[both, task], let alone = estimate.best[[own], task] else { return nil }
        return together - alone
      }
      if known.count < tasks.count { return nil }
      let widths = tasks.compactMap { estimate.calibrated?.halfWidths[both]?[$0] }
      return PairGain(
        method: estimate.method.rawValue, unit: unit, target: target, gain: known.reduce(0, +) / Double(known.count),
        halfWidth: widths.count == tasks.count ? widths.max() : nil, isCalibrated: estimate.best.calibrated)
    }
  }

  /// The methods with what they cost, then the pairwise affinities of the first.
  public func text(style: MatrixStyle = MatrixStyle()) -> String {
    var table = TextTable(header: [
      "method", "anchors", "ridge or damping", "calibration's error", "slope", "cost, runs",
    ])
    for estimate in estimates {
      let line = estimate.calibrated?.calibration
      let besides = estimate.free?.isEmpty ?? true ? "" : " and all"
      table.rows.append([
        .init(estimate.method.rawValue), .init("\(estimate.anchors.count)\(besides)"),
        .init(estimate.parameter.map { String(format: "%.2g", $0) } ?? "-"),
        .init(line.map { String(format: "%.4f", $0.residual) } ?? "-"),
        .init(line.map { String(format: "%.3g", $0.slope) } ?? "-"),
        .init(String(format: "%.1f", estimate.costInRuns)),
      ])
    }
    var text = table.render(colours: style.colours) + "\n"
    for estimate in estimates.prefix(1) {
      let unit = estimate.best.calibrated ? "nats a token" : "no unit: not calibrated by anchors"
      text +=
        "estimated pairwise affinity (\(estimate.method.rawValue)): gain of the column over training alone, when the row "
      text += "is added\n\(unit); \(estimand.title); positive helps\n\n"
      let units = layout.units
      var matrix = TextTable(header: ["trained on"] + units)
      for (unit, row) in zip(units, pairwise(estimate)) {
        matrix.rows.append(
          [.init(unit)] + row.map { $0.map { .init(String(format: "%+.3g", $0)) } ?? .init("-", tone: .faint) })
      }
      text += matrix.render(colours: style.colours)
      text += meansText(estimate, style: style)
    }
    return text
  }

  /// The mean loss of each task over all planned subsets that hold it.
  private func meansText(_ estimate: MethodEstimate, style: MatrixStyle) -> String {
    guard let means = estimate.means, means.contains(where: { $0?.lower != nil }) else { return "" }
    var table = TextTable(header: ["task", "mean loss", "the anchors' own", "correlation"])
    for (task, mean) in zip(layout.tasks, means) {
      guard let mean else { continue }
      func loss(_ value: Double) -> String { String(format: "%.3f", -value) }
      // The loss is minus the score, so the interval's ends change places.
      let interval = mean.lower.flatMap { low in mean.upper.map { " [\(loss($0)), \(loss(low))]" } } ?? ""
      table.rows.append([
        .init(task.name), .init(loss(mean.value) + interval), .init(loss(mean.plain)),
        .init(mean.correlation.map { String(format: "%.2f", $0) } ?? "-"),
      ])
    }
    return
      "\nmean over all planned subsets of two or more units that hold the task, by anchors with the estimate as control "
      + "variate\n\n" + table.render(colours: style.colours)
  }
}
