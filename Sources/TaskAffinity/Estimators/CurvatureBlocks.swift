/// The parts of a Gram matrix that the curvature estimator needs, with true gradients compressed to task means.
struct CurvatureBlocks: Sendable {
  let tasks: Int
  /// Held-out loss per token at the adapter.
  let loss: [Double]
  /// Places of sampled training gradients in the Gram matrix, their tasks, and 1 / (draws x tokens of the task).
  let trainRows: [Int]
  let trainTask: [Int]
  let trainWeight: [Double]
  /// The same for held-out ones.
  let heldOutRows: [Int]
  let heldOutTask: [Int]
  let heldOutWeight: [Double]
  /// [train sampled, train sampled]
  private let square: [Double]
  /// [train sampled, tasks]: with the mean training gradient of each task.
  let trainMean: [Double]
  /// [held-out sampled, train sampled]
  let heldOutTrain: [Double]
  /// [held-out sampled, tasks]: with the mean training gradients.
  let heldOutMean: [Double]
  /// [tasks, train sampled]: mean held-out gradients with sampled training ones.
  let heldOutMeanTrain: [Double]
  /// [tasks, tasks]: mean held-out with mean training gradients.
  let heldOutMeanMean: [Double]
  let cost: EstimatorCost

  init(_ gram: GradientGram, layout: TaskLayout) throws {
    useOneBLASThread()
    let rows = gram.rows
    let count = layout.tasks.count
    tasks = count
    func sampled(_ split: Split) throws -> (places: [Int], tasks: [Int], weights: [Double]) {
      let places = gram.places(split: split) { if case .sampledLoss = $0 { true } else { false } }
      var draws = Array(repeating: Set<GradientScalar>(), count: count)
      var tokens = Array(repeating: 0.0, count: count)
      for place in places {
        draws[rows[place].example.task].insert(rows[place].scalar)
        tokens[rows[place].example.task] += Double(rows[place].tokens)
      }
      for task in 0..<count where tokens[task] == 0 { throw AffinityError.noExamples(task: layout.tasks[task].name) }
      // Tokens are summed over draws already, which is the division by the number of draws.
      return (places, places.map { rows[$0].example.task }, places.map { 1 / tokens[rows[$0].example.task] })
    }
    let train = try sampled(.train)
    let heldOut = try sampled(.heldOut)
    (trainRows, trainTask, trainWeight) = (train.places, train.tasks, train.weights)
    (heldOutRows, heldOutTask, heldOutWeight) = (heldOut.places, heldOut.tasks, heldOut.weights)
    let trainLoss = gram.places(split: .train) { $0 == .loss }
    let heldOutLoss = gram.places(split: .heldOut) { $0 == .loss }
    let trainMeans = try TaskMean.coefficients(rows, layout: layout, split: .train)
      .flatMap { row in trainLoss.map { row[$0] } }
    let heldOutMeans = try TaskMean.coefficients(rows, layout: layout, split: .heldOut)
      .flatMap { row in heldOutLoss.map { row[$0] } }
    loss = (0..<count).map { task in
      heldOutLoss.enumerated().reduce(0) {
        $0 + heldOutMeans[task * heldOutLoss.count + $1.offset] * rows[$1.element].nll
      }
    }
    func withTrainMeans(_ places: [Int]) -> [Double] {
      multiply(
        gram.block(places, trainLoss), trainMeans, m: places.count, k: trainLoss.count, n: count, transposeB: true)
    }
    square = gram.block(train.places, train.places)
    trainMean = withTrainMeans(train.places)
    heldOutTrain = gram.block(heldOut.places, train.places)
    heldOutMean = withTrainMeans(heldOut.places)
    heldOutMeanTrain = multiply(
      heldOutMeans, gram.block(heldOutLoss, train.places), m: count, k: heldOutLoss.count, n: train.places.count)
    heldOutMeanMean = multiply(
      heldOutMeans, withTrainMeans(heldOutLoss), m: count, k: heldOutLoss.count, n: count)
    cost = EstimatorCost(backward: rows.count, runs: 1)
  }

  /// Inner products of some sampled training rows, scaled, [rows, rows].
  func trainTrain(_ rows: [Int], scale: [Double]) -> [Double] {
    let n = trainRows.count
    var result = [Double](repeating: 0, count: rows.count * rows.count)
    for (i, row) in rows.enumerated() {
      for (j, column) in rows.enumerated() {
        result[i * rows.count + j] = square[row * n + column] * scale[i] * scale[j]
      }
    }
    return result
  }
}
