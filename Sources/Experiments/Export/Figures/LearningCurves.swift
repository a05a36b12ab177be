import MTL
import TaskAffinity

/// The training loss by step: a panel for each subset, its seeds in colour before all other runs in grey.
package struct LearningCurves {
  /// The curves of one panel.
  package struct Panel: Sendable {
    /// The subset's name.
    package var name: String
    /// (step, loss) of each run.
    package var runs: [[(step: Double, loss: Double)]]

    package init(name: String, runs: [[(step: Double, loss: Double)]]) {
      self.name = name
      self.runs = runs
    }
  }

  private let panels: [Panel]
  private let status: String?
  private let window: Int
  private static let most = 24

  /// Lays panels out; beyond twenty-four the first are drawn, and it is said. Of runs with more than fifty steps a centred
  /// mean over a twenty-fifth of the steps is drawn.
  package init(_ panels: [Panel], status: String? = nil) {
    let longest = panels.flatMap(\.runs).map(\.count).max() ?? 0
    let half = longest > 50 ? longest / 50 : 0
    window = 2 * half + 1
    self.status = status
    self.panels = panels.map { panel in
      Panel(name: panel.name, runs: panel.runs.map { Self.smoothed($0, half: half) })
    }
  }

  private static func smoothed(_ run: [(step: Double, loss: Double)], half: Int) -> [(step: Double, loss: Double)] {
    if half == 0 { return run }
    return run.indices.map { index in
      let part = run[max(index - half, 0)...min(index + half, run.count - 1)]
      return (run[index].step, part.reduce(0) { $0 + $1.loss } / Double(part.count))
    }
  }

  /// The figure.
  package func drawing() -> Drawing {
    let left = 28.0
    let across = min(panels.count, 3)
    let width = (Drawing.columnWidth - left) / Double(max(across, 1))
    let height = 58.0
    let points = panels.flatMap(\.runs).joined()
    let horizontal = Axis(points.map(\.step), from: 0, to: 1)
    let vertical = Axis(points.map(\.loss), from: 1, to: 0)
    var drawing = Drawing(
      width: Drawing.columnWidth, height: 0, title: "Training loss by step",
      description: [status, "Mean negative log-likelihood of each batch's answer tokens in nats, before the update"]
        .compactMap { $0 }.joined(separator: ". "))
    let shown = panels.prefix(Self.most)
    var y = 0.0
    for (index, panel) in shown.enumerated() {
      let column = index % across
      y = Double(index / across) * (height + 18)
      let x = left + Double(column) * width
      let isLast = index + across >= shown.count
      draw(
        panel, x: x, y: y + 11, width - 6, height, horizontal, vertical, isFirst: column == 0, isLast: isLast, &drawing)
    }
    var next = y + height + 33
    var note = "training loss (nats per answer token) by step; colour: the panel's runs; grey: all others"
    if window > 1 { note += "; means over \(window) steps" }
    if shown.count < panels.count { note += "; the first \(shown.count) of \(panels.count) subsets" }
    next = drawing.paragraph(note, x: 2, y: next, width: drawing.width - 4, face: .init())
    if let status {
      next = drawing.paragraph(status, x: 2, y: next, width: drawing.width - 4, face: .init(isBold: true))
    }
    drawing.height = next - 5
    return drawing
  }

  private func draw(
    _ panel: Panel, x: Double, y: Double, _ width: Double, _ height: Double, _ horizontal: Axis, _ vertical: Axis,
    isFirst: Bool, isLast: Bool, _ drawing: inout Drawing
  ) {
    let h = horizontal.moved(from: x, to: x + width)
    let v = vertical.moved(from: y + height, to: y)
    drawing.text(shortened(panel.name, width: width), x + width / 2, y - 3, .init(anchor: .middle, isBold: true))
    func curve(_ run: [(step: Double, loss: Double)], _ paint: Paint) {
      let points = run.filter(\.loss.isFinite).map { Point(h.place($0.step), v.place($0.loss)) }
      guard let first = points.first else { return }
      if points.count == 1 {
        drawing.shapes.append(.circle(first, radius: 1.2, .fill(paint.stroke ?? .black)))
        return
      }
      drawing.shapes.append(.path([.move(first)] + points.dropFirst().map { .line($0) }, paint))
    }
    // A few hundred grey curves in each of two dozen panels would be all that the file holds.
    for other in panels.prefix(Self.most) where other.name != panel.name {
      for run in other.runs { curve(run, .line(Colour(214, 214, 214), 0.5)) }
    }
    for run in panel.runs { curve(run, .line(SeriesPalette.colour(0), 1)) }
    drawing.shapes.append(
      .path([.move(Point(x, y)), .line(Point(x, y + height)), .line(Point(x + width, y + height))], .line(.black, 0.6)))
    let steps = h.ticks(width < 80 ? 3 : 5)
    for tick in steps.values {
      drawing.line(Point(h.place(tick), y + height), Point(h.place(tick), y + height + 2.5), .line(.black, 0.6))
      if isLast {
        drawing.text(
          signedText(tick, decimals: steps.decimals, signed: false), h.place(tick), y + height + 10.5,
          .init(anchor: .middle))
      }
    }
    let losses = v.ticks(3)
    for tick in losses.values {
      drawing.line(Point(x - 2.5, v.place(tick)), Point(x, v.place(tick)), .line(.black, 0.6))
      if isFirst {
        drawing.text(
          signedText(tick, decimals: losses.decimals, signed: false), x - 4, v.place(tick) + 2.8, .init(anchor: .end))
      }
    }
  }
}

extension SweepResults {
  /// The learning curves; nil where no run has begun.
  func learningCurves() -> Drawing? {
    var panels: [LearningCurves.Panel] = []
    for run in runs where !run.history.isEmpty {
      let name = labels.label(run.planned.subset)
      let curve = run.history.map { (step: Double($0.step), loss: $0.loss) }
      if let place = panels.firstIndex(where: { $0.name == name }) {
        panels[place].runs.append(curve)
      } else {
        panels.append(.init(name: name, runs: [curve]))
      }
    }
    return panels.isEmpty ? nil : LearningCurves(panels, status: unfinishedNote).drawing()
  }
}
