import Foundation
import TaskAffinity
import Testing

/// A whole sweep of a small model, trained for real, and what estimators say of it beforehand.
@Suite struct ToySweepTests {
  static let tasks = 5
  static let ridge = 0.05

  /// Newton's minimiser of the summed task losses per token, held to the start by the ridge.
  func trained(_ model: LinearModel, _ members: [Int]) -> [Double] {
    let n = model.parameters
    var theta = model.theta
    for _ in 0..<12 {
      var gradient = (0..<n).map { Self.ridge * (theta[$0] - model.theta[$0]) }
      var hessian = (0..<n).map { i in (0..<n).map { i == $0 ? Self.ridge : 0 } }
      for task in members {
        let examples = model.keys(.train).filter { $0.task == task }.compactMap { model.examples[$0] }
        let tokens = Double(examples.reduce(0) { $0 + $1.x.count })
        for x in examples.flatMap(\.x) {
          let miss = 1 / (1 + exp(model.dot(x, theta)))
          for i in 0..<n {
            gradient[i] -= miss * x[i] / tokens
            for j in 0..<n { hessian[i][j] += miss * (1 - miss) * x[i] * x[j] / tokens }
          }
        }
      }
      theta = zip(theta, solveDense(hessian, gradient)).map { $0 - $1 }
    }
    return theta
  }

  @Test func gradientsAtTheAllTaskAdapterRankSubsetsAsTrainingDoes() throws {
    let layout = layout(Self.tasks)
    let start = LinearModel(.logistic, tasks: Self.tasks, parameters: 8, train: 12, heldOut: 12, tokens: 4, seed: 12)
    func exact(_ value: Double) -> Estimate {
      Estimate(value: value, lower: nil, upper: nil, standardError: nil, seeds: 1, scope: .none)
    }
    let all = subsets(Self.tasks).sorted()
    let cells = all.map { subset -> [TransferCell?] in
      let theta = trained(start, layout.members(subset))
      return (0..<Self.tasks).map { task in
        TransferCell(
          value: exact(start.taskLoss(task, .heldOut, theta)), overBase: nil, overSingle: nil, overAll: nil)
      }
    }
    let truth = TransferMatrix(
      quantity: .loss, estimand: .equalExposure, level: .tasks, confidence: 0.95, rows: all,
      columns: layout.tasks.map(\.name), cells: cells)
    var model = start
    model.theta = trained(start, Array(0..<Self.tasks))
    let panels = try MemoryGradients(
      model,
      [
        (.loss, model.keys(.train)), (.loss, model.keys(.heldOut)), (.sampledLoss(draw: 0), model.keys(.train)),
        (.sampledLoss(draw: 1), model.keys(.train)), (.sampledLoss(draw: 0), model.keys(.heldOut)),
      ])
    let gram = try GradientGram(panels)
    let scores = try TrainedScores(truth, layout: layout)
    let anchors = scores.only(try SubsetDesign.sample(all.filter { $0.count > 1 }, count: 8, seed: 1))
    func calibrated(_ candidates: [AffinityEstimator]) throws -> TransferEstimate {
      let raw = try candidates.enumerated().map {
        (value: Double($0.offset), try $0.element.estimate(all, layout: layout))
      }
      let choice = try selectByAnchors(raw.map { (value: $0.value, estimate: $0.1) }, anchors: anchors)
      return try calibrate(raw[Int(choice.value)].1, anchors: anchors).estimate
    }
    let grid = [0.01, 0.03, 0.1, 0.3, 1]
    let cosine = try cosineAffinities(panels, layout: layout)[0]
    let estimates = [
      try calibrated(grid.map { try LinearisedEstimator(gram, settings: .init(ridge: $0)) }),
      try calibrated(grid.map { try CurvatureEstimator(gram, layout: layout, damping: $0) }),
      try calibrated([cosine.estimator(cost: EstimatorCost(backward: 120, runs: 1))]),
    ]
    let comparison = try compare(estimates, truth: truth, layout: layout, anchors: Set(anchors.scores.keys), groups: 2)
    let (linearised, curvature) = (comparison.reports[0], comparison.reports[1])
    #expect(comparison.ceiling == nil)
    #expect(try #require(linearised.spearman) > 0.75, "\(comparison.text())")
    #expect(try #require(curvature.spearman) > 0.75, "\(comparison.text())")
    #expect(try #require(linearised.skill) > 0.5, "\(comparison.text())")
    #expect(try #require(curvature.skill) > 0.5, "\(comparison.text())")
    #expect(try #require(linearised.skill) > #require(comparison.reports[2].skill))
    #expect(try #require(curvature.skill) > #require(comparison.reports[2].skill))
  }
}
