import Foundation

/// Units as nodes and gains as arrows from what was trained on to what changed: as thick as the gain is large, solid where
/// it helps and dashed where it hurts. Gains whose interval includes zero are thin and grey, or left out where there are
/// many.
package struct TransferGraph {
  private struct Edge {
    var source: Int
    var target: Int
    var cell: DisplayCell
  }

  private let matrix: DisplayMatrix
  private let status: String?
  private let centres: [Point]
  private let radius: Double
  private let isInside: Bool
  private let edges: [Edge]
  private let leftOut: Int
  private let weaker: Int
  private let limit: Double

  /// Lays a square matrix out on a circle.
  package init(_ matrix: DisplayMatrix, status: String? = nil) {
    self.matrix = matrix
    self.status = status
    let count = matrix.rows.count
    let widest = matrix.rows.map { textWidth($0) }.max() ?? 0
    isInside = widest <= 34
    radius = isInside ? max(widest / 2 + 4, 11) : 4.5
    let margin = isInside ? radius + 14 : 20
    let circle = min(Drawing.columnWidth / 2 - (isInside ? radius + 22 : min(widest, 60) + 12), 84)
    let middle = Point(Drawing.columnWidth / 2, margin + circle)
    centres = (0..<count).map { index in
      let angle = 2 * Double.pi * Double(index) / Double(max(count, 1)) - .pi / 2
      return Point(middle.x + circle * cos(angle), middle.y + circle * sin(angle))
    }
    var all: [Edge] = []
    for row in matrix.rows.indices {
      for column in matrix.columns.indices where row != column {
        if let cell = matrix.entries[row][column].cell { all.append(Edge(source: row, target: column, cell: cell)) }
      }
    }
    let uncertain = all.filter { !$0.cell.excludesZero }
    let certain = all.filter(\.cell.excludesZero).sorted { abs($0.cell.value) > abs($1.cell.value) }
    let most = max(3 * count, 12)
    edges = (all.count <= 20 ? uncertain : []) + certain.prefix(most).reversed()
    leftOut = all.count <= 20 ? 0 : uncertain.count
    weaker = max(certain.count - most, 0)
    limit = all.map { abs($0.cell.value) }.max() ?? 0
  }

  /// The figure.
  package func drawing() -> Drawing {
    let bottom = (centres.map(\.y).max() ?? 0) + (isInside ? radius : 16) + 8
    var drawing = Drawing(
      width: Drawing.columnWidth, height: bottom, title: matrix.title,
      description: [status, matrix.caption].compactMap { $0 }.joined(separator: ". "))
    for edge in edges { draw(edge, &drawing) }
    for index in centres.indices { drawNode(index, &drawing) }
    if edges.count <= 12 { for edge in edges { label(edge, &drawing) } }
    drawing.height = drawLegend(&drawing, y: bottom + 9)
    return drawing
  }

  /// The control point of an arrow's curve, to the left of its way, so that the two ways do not coincide.
  private func control(_ a: Point, _ b: Point) -> Point {
    Point((a.x + b.x) / 2 + (b.y - a.y) * 0.2, (a.y + b.y) / 2 - (b.x - a.x) * 0.2)
  }

  private func thickness(_ cell: DisplayCell) -> Double {
    cell.excludesZero ? 0.6 + 3.4 * (limit > 0 ? abs(cell.value) / limit : 0) : 0.5
  }

  private func draw(_ edge: Edge, _ drawing: inout Drawing) {
    let (a, b) = (centres[edge.source], centres[edge.target])
    let bend = control(a, b)
    let width = thickness(edge.cell)
    let isPositive = edge.cell.value >= 0
    let colour = edge.cell.excludesZero ? DivergingPalette.colour(isPositive ? 0.85 : -0.85) : .pale
    func toward(_ from: Point, _ to: Point, _ distance: Double) -> Point {
      let length = max(hypot(to.x - from.x, to.y - from.y), 1e-9)
      return Point(from.x + (to.x - from.x) / length * distance, from.y + (to.y - from.y) / length * distance)
    }
    let head = 4 + 1.6 * width
    let start = toward(a, bend, radius + 1.5)
    let tip = toward(b, bend, radius + 1.5)
    let end = toward(tip, bend, head * 0.8)
    // A quadratic curve as a cubic one.
    func third(_ end: Point) -> Point { Point(end.x + (bend.x - end.x) * 2 / 3, end.y + (bend.y - end.y) * 2 / 3) }
    let dash = isPositive ? [] : [max(2 * width, 3), max(1.2 * width, 2)]
    drawing.group("\(matrix.rows[edge.source]) on \(matrix.columns[edge.target]): \(edge.cell.text())") { drawing in
      drawing.shapes.append(
        .path([.move(start), .curve(third(start), third(end), end)], .line(colour, width, dash: dash)))
      let base = toward(tip, bend, head)
      let half = head * 0.42
      let (dx, dy) = ((tip.x - base.x) / head * half, (tip.y - base.y) / head * half)
      drawing.shapes.append(
        .path(
          [.move(tip), .line(Point(base.x - dy, base.y + dx)), .line(Point(base.x + dy, base.y - dx)), .close],
          .fill(colour)))
    }
  }

  private func label(_ edge: Edge, _ drawing: inout Drawing) {
    let (a, b) = (centres[edge.source], centres[edge.target])
    let bend = control(a, b)
    let middle = Point((a.x + b.x + 2 * bend.x) / 4, (a.y + b.y + 2 * bend.y) / 4)
    let text = signedText(edge.cell.value, decimals: edge.cell.decimals(.figure))
    let width = textWidth(text)
    drawing.rectangle(middle.x - width / 2 - 1, middle.y - 4.5, width + 2, 9, .fill(.white))
    drawing.text(
      text, middle.x, middle.y + 3,
      .init(anchor: .middle, isBold: edge.cell.excludesZero, colour: edge.cell.excludesZero ? .black : .grey))
  }

  private func drawNode(_ index: Int, _ drawing: inout Drawing) {
    let centre = centres[index]
    drawing.shapes.append(
      .circle(centre, radius: radius, Paint(fill: isInside ? .white : .black, stroke: .black, lineWidth: 0.8)))
    if isInside {
      drawing.text(matrix.rows[index], centre.x, centre.y + 2.9, .init(anchor: .middle))
      return
    }
    let angle = 2 * Double.pi * Double(index) / Double(centres.count) - .pi / 2
    let place = Point(centre.x + 8 * cos(angle), centre.y + 3 + 11 * sin(angle))
    let anchor: Shape.Anchor = abs(cos(angle)) < 0.2 ? .middle : cos(angle) > 0 ? .start : .end
    let room = anchor == .middle ? Drawing.columnWidth / 2 : anchor == .start ? Drawing.columnWidth - place.x : place.x
    drawing.text(shortened(matrix.rows[index], width: room), place.x, place.y, .init(anchor: anchor))
  }

  private func drawLegend(_ drawing: inout Drawing, y: Double) -> Double {
    let blue = DivergingPalette.colour(0.85)
    let orange = DivergingPalette.colour(-0.85)
    drawing.line(Point(2, y - 3), Point(20, y - 3), .line(blue, 2))
    drawing.text("helps", 24, y)
    drawing.line(Point(54, y - 3), Point(72, y - 3), .line(orange, 2, dash: [4, 2.4]))
    drawing.text("hurts", 76, y)
    let most = signedText(limit, decimals: Rounding.figure.decimals(limit, halfWidth: nil), signed: false)
    drawing.text("\(matrix.legend); thickest: \(most)", 106, y)
    let notes = [
      leftOut > 0 ? "\(leftOut) arrows whose interval includes zero are left out" : "grey: the interval includes zero",
      weaker > 0 ? "\(weaker) weaker ones are left out" : nil, matrix.hasGaps ? "runs are missing" : nil,
    ].compactMap { $0 }
    var next = drawing.paragraph(
      notes.joined(separator: "; "), x: 2, y: y + 11, width: drawing.width - 4, face: .init())
    if let status {
      next = drawing.paragraph(status, x: 2, y: next, width: drawing.width - 4, face: .init(isBold: true))
    }
    return next - 5
  }
}
