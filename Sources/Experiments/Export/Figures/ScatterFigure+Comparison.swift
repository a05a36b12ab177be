import Foundation
import TaskAffinity

extension EstimatorComparison {
  /// The calibrated estimates of the methods with the greatest skill beside their truth.
  public func scatterFigure(best count: Int) -> ScatterFigure {
    let judged = reports.filter { $0.skill != nil }.sorted { ($0.skill ?? 0) > ($1.skill ?? 0) }.prefix(count)
    let series = judged.map { report in
      ScatterFigure.Series(
        name: report.method + String(format: ", skill %.2f", report.skill ?? 0),
        points: report.scatter.map { point in
          ScatterFigure.Point(
            name: "\(point.subset) on \(point.task)", estimate: -point.estimate, truth: -point.truth)
        })
    }
    return ScatterFigure(
      title: "Estimated and measured loss", series: series, truthLabel: "measured loss, nats a token",
      estimateLabel: "estimated loss, nats a token", isSameUnit: true,
      note: "Subsets that no estimate was fitted on.")
  }
}
