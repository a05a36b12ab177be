/// Estimates against the truth: a marker of its own shape and colour for each estimator, intervals as whiskers, and the
/// line on which they would be equal.
public struct ScatterFigure: Sendable {
  /// One pair.
  public struct Point: Sendable, Equatable {
    /// What it is of, for the tooltip.
    public var name: String
    /// The estimate.
    public var estimate: Double
    /// The truth.
    public var truth: Double
    /// The estimate's interval.
    public var estimateInterval: ClosedRange<Double>?
    /// The truth's interval.
    public var truthInterval: ClosedRange<Double>?

    /// A pair with what is known of its errors.
    public init(
      name: String, estimate: Double, truth: Double, estimateInterval: ClosedRange<Double>? = nil,
      truthInterval: ClosedRange<Double>? = nil
    ) {
      self.name = name
      self.estimate = estimate
      self.truth = truth
      self.estimateInterval = estimateInterval
      self.truthInterval = truthInterval
    }
  }

  /// The pairs of one estimator.
  public struct Series: Sendable, Equatable {
    /// Its name, and what is to be said of it, such as a rank correlation.
    public var name: String
    /// The pairs.
    public var points: [Point]

    /// An estimator's pairs.
    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// What it shows.
  public var title: String
  /// The estimators.
  public var series: [Series]
  /// The words for the truth, with its unit.
  public var truthLabel: String
  /// The words for the estimates, with their unit.
  public var estimateLabel: String
  /// Whether both are in one unit, so that both axes are the same and the line of equality is drawn.
  public var isSameUnit: Bool
  /// What else is to be said below.
  public var note: String?

  /// A scatter plot.
  public init(
    title: String, series: [Series], truthLabel: String = "measured gain, %",
    estimateLabel: String = "estimated gain, %",
    isSameUnit: Bool = true, note: String? = nil
  ) {
    self.title = title
    self.series = series
    self.truthLabel = truthLabel
    self.estimateLabel = estimateLabel
    self.isSameUnit = isSameUnit
    self.note = note
  }

  /// The figure, as wide as a column of a two-column paper; pairs that are not finite are left out.
  public func drawing() -> Drawing {
    let (left, side, top) = (38.0, 200.0, 4.0)
    let pairs = series.flatMap(\.points).filter { $0.truth.isFinite && $0.estimate.isFinite }
    let truths = pairs.flatMap { [$0.truth, $0.truthInterval?.lowerBound, $0.truthInterval?.upperBound] }
      .compactMap { $0 }
    let estimates = pairs.flatMap { [$0.estimate, $0.estimateInterval?.lowerBound, $0.estimateInterval?.upperBound] }
      .compactMap { $0 }
    let horizontal = Axis(isSameUnit ? truths + estimates : truths, from: left, to: left + side, includingZero: true)
    let vertical = Axis(isSameUnit ? truths + estimates : estimates, from: top + side, to: top, includingZero: true)
    var drawing = Drawing(width: Drawing.columnWidth, height: 0, title: title, description: note ?? "")
    drawAxes(horizontal, vertical, left: left, side: side, top: top, &drawing)
    for (index, series) in series.enumerated() {
      for point in series.points where point.truth.isFinite && point.estimate.isFinite {
        draw(point, series: index, horizontal, vertical, &drawing)
      }
    }
    var y = top + side + 35
    for (index, series) in series.enumerated() {
      marker(index, at: .init(left + 6, y - 2.8), &drawing)
      y = drawing.paragraph(series.name, x: left + 13, y: y, width: drawing.width - left - 15, face: .init())
    }
    if let note { y = drawing.paragraph(note, x: 2, y: y + 1, width: drawing.width - 4, face: .init()) }
    drawing.height = y - 5
    return drawing
  }

  private func drawAxes(
    _ horizontal: Axis, _ vertical: Axis, left: Double, side: Double, top: Double, _ drawing: inout Drawing
  ) {
    let faint = Paint.line(.pale, 0.5)
    let (x, y) = (horizontal.place(0), vertical.place(0))
    drawing.line(.init(x, top), .init(x, top + side), faint)
    drawing.line(.init(left, y), .init(left + side, y), faint)
    if isSameUnit {
      drawing.line(.init(left, top + side), .init(left + side, top), .line(.grey, 0.7, dash: [3, 2]))
    }
    drawing.rectangle(left, top, side, side, .line(.black, 0.6))
    let across = horizontal.ticks(5)
    for tick in across.values {
      let at = horizontal.place(tick)
      drawing.line(.init(at, top + side), .init(at, top + side + 2.5), .line(.black, 0.6))
      drawing.text(
        signedText(tick, decimals: across.decimals, signed: false), at, top + side + 10.5, .init(anchor: .middle))
    }
    let up = vertical.ticks(5)
    for tick in up.values {
      let at = vertical.place(tick)
      drawing.line(.init(left - 2.5, at), .init(left, at), .line(.black, 0.6))
      drawing.text(signedText(tick, decimals: up.decimals, signed: false), left - 4, at + 2.8, .init(anchor: .end))
    }
    drawing.text(truthLabel, left + side / 2, top + side + 21, .init(anchor: .middle))
    drawing.text(estimateLabel, 8, top + side / 2, .init(anchor: .middle, isVertical: true))
  }

  private func draw(
    _ point: Point, series: Int, _ horizontal: Axis, _ vertical: Axis, _ drawing: inout Drawing
  ) {
    let (x, y) = (horizontal.place(point.truth), vertical.place(point.estimate))
    let paint = Paint.line(SeriesPalette.colour(series), 0.6)
    let title =
      "\(point.name): estimate \(signedText(point.estimate, decimals: 3)), "
      + "truth \(signedText(point.truth, decimals: 3))"
    drawing.group(title) { drawing in
      if let interval = point.truthInterval {
        drawing.line(
          .init(horizontal.place(interval.lowerBound), y), .init(horizontal.place(interval.upperBound), y), paint)
      }
      if let interval = point.estimateInterval {
        drawing.line(
          .init(x, vertical.place(interval.lowerBound)), .init(x, vertical.place(interval.upperBound)), paint)
      }
      marker(series, at: .init(x, y), &drawing)
    }
  }

  private func marker(_ index: Int, at centre: Experiments.Point, _ drawing: inout Drawing) {
    let paint = Paint(fill: SeriesPalette.colour(index), stroke: .white, lineWidth: 0.4)
    let (x, y) = (centre.x, centre.y)
    func polygon(_ corners: [(Double, Double)]) {
      let points = corners.map { Experiments.Point(x + $0.0, y + $0.1) }
      drawing.shapes.append(.path([.move(points[0])] + points.dropFirst().map { .line($0) } + [.close], paint))
    }
    switch index % 5 {
    case 0: drawing.shapes.append(.circle(centre, radius: 2.3, paint))
    case 1: drawing.rectangle(x - 2.1, y - 2.1, 4.2, 4.2, paint)
    case 2: polygon([(0, -2.8), (2.6, 2), (-2.6, 2)])
    case 3: polygon([(0, -3), (2.6, 0), (0, 3), (-2.6, 0)])
    default: polygon([(0, 2.8), (2.6, -2), (-2.6, -2)])
    }
  }
}
