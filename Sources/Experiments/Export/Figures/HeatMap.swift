/// A matrix of gains as a heat map: colours about zero, numbers, and intervals as whiskers.
///
/// It is as wide as a column of a two-column paper (3.4 inches) where its columns fit, else wider; text is 8 pt. A whisker
/// is the cell's interval on an axis that all cells share, whose zero is the tick in the cell's middle. A number whose
/// interval excludes zero is bold. Every number has its sign, so nothing depends on colours.
package struct HeatMap {
  private let matrix: DisplayMatrix
  private let status: String?
  private let cellWidth: Double
  private let labelWidth: Double
  private let headerHeight: Double
  private let headersAreVertical: Bool
  private let limit: Double
  private let intervalLimit: Double

  private static let rowHeight = 19.0
  private static let top = 11.0

  /// Lays a matrix out; `status` is printed where the sweep is unfinished. A part of a matrix has the colours and the axis
  /// of the whole.
  package init(_ matrix: DisplayMatrix, partOf whole: DisplayMatrix? = nil, status: String? = nil) {
    self.matrix = matrix
    self.status = status
    let size = Drawing.textSize
    let corner = textWidth("scored on →", size: size)
    labelWidth = max(min(matrix.rows.map { textWidth($0, size: size) }.max() ?? 0, 110), corner) + 5
    let numbers = matrix.known.map { textWidth(Self.number($0), size: size) * 1.08 }.max() ?? 0
    let count = Double(max(matrix.columns.count, 1))
    cellWidth = min(max((Drawing.columnWidth - labelWidth - 1) / count, numbers + 4, 20), 62)
    let headers = matrix.columns.map { inTwoLines($0).map { textWidth($0, size: size) }.max() ?? 0 }
    headersAreVertical = (headers.max() ?? 0) > cellWidth - 2
    if headersAreVertical {
      headerHeight = min(matrix.columns.map { textWidth($0, size: size) }.max() ?? 0, 90) + 4
    } else {
      headerHeight = Double(matrix.columns.map { inTwoLines($0).count }.max() ?? 1) * 9.5 + 3
    }
    let all = (whole ?? matrix).known
    limit = all.map { abs($0.value) }.max() ?? 0
    intervalLimit = max(
      all.flatMap { [$0.interval?.lowerBound, $0.interval?.upperBound].compactMap { $0 } }.map(abs).max() ?? 0,
      limit)
  }

  private static func number(_ cell: DisplayCell) -> String {
    signedText(cell.value, decimals: cell.decimals(.figure))
  }

  /// The figure.
  package func drawing() -> Drawing {
    let grid = cellWidth * Double(matrix.columns.count)
    let width = max(Drawing.columnWidth, labelWidth + grid + 1)
    var drawing = Drawing(
      width: width, height: 0, title: matrix.title,
      description: ([status, matrix.caption].compactMap { $0 }).joined(separator: ". "))
    let italics = Shape.Face(anchor: .end, colour: .grey)
    drawing.text("trained on ↓", labelWidth - 5, Self.top + headerHeight - 3, italics)
    drawing.text("scored on →", labelWidth - 5, Self.top + headerHeight - 13, italics)
    drawHeaders(&drawing)
    for row in matrix.rows.indices {
      let y = Self.top + headerHeight + Double(row) * Self.rowHeight
      let label = shortened(matrix.rows[row], width: labelWidth - 5)
      drawing.text(label, labelWidth - 5, y + 12, .init(anchor: .end))
      for column in matrix.columns.indices { draw(row, column, y: y, &drawing) }
    }
    let bottom = Self.top + headerHeight + Double(matrix.rows.count) * Self.rowHeight
    drawing.height = drawLegend(&drawing, y: bottom + 6)
    return drawing
  }

  private func drawHeaders(_ drawing: inout Drawing) {
    for (column, name) in matrix.columns.enumerated() {
      let x = labelWidth + (Double(column) + 0.5) * cellWidth
      let bottom = Self.top + headerHeight - 3
      if headersAreVertical {
        let text = shortened(name, width: headerHeight)
        drawing.text(text, x + 2.8, bottom, .init(isVertical: true))
        continue
      }
      let lines = inTwoLines(name)
      for (index, line) in lines.enumerated() {
        drawing.text(line, x, bottom - Double(lines.count - 1 - index) * 9.5, .init(anchor: .middle))
      }
    }
  }

  private func draw(_ row: Int, _ column: Int, y: Double, _ drawing: inout Drawing) {
    let x = labelWidth + Double(column) * cellWidth
    let (w, h) = (cellWidth, Self.rowHeight)
    let edge = Paint(fill: .white, stroke: .white, lineWidth: 0.8)
    let place = "\(matrix.rows[row]) on \(matrix.columns[column])"
    switch matrix.entries[row][column] {
    case .undefined:
      drawing.rectangle(x, y, w, h, Paint(fill: Colour(232, 232, 232), stroke: .white, lineWidth: 0.8))
    case .missing:
      drawing.group("\(place): missing") { drawing in
        drawing.rectangle(x, y, w, h, edge)
        drawing.rectangle(x + 1, y + 1, w - 2, h - 2, .line(.grey, 0.5, dash: [2, 1.5]))
        drawing.text("—", x + w / 2, y + 12, .init(anchor: .middle))
      }
    case .known(let cell):
      let share = limit > 0 ? cell.value / limit : 0
      let ink = DivergingPalette.ink(share)
      drawing.group("\(place): \(cell.text())") { drawing in
        drawing.rectangle(x, y, w, h, Paint(fill: DivergingPalette.colour(share), stroke: .white, lineWidth: 0.8))
        let face = Shape.Face(anchor: .middle, isBold: cell.excludesZero, colour: ink)
        drawing.text(Self.number(cell) + (cell.isPartial ? "‡" : ""), x + w / 2, y + 9.6, face)
        if let interval = cell.interval {
          whisker(interval, centre: x + w / 2, y: y + 14.6, ink: ink, &drawing)
        }
      }
    }
  }

  /// An interval, and a tick at zero.
  private func whisker(
    _ interval: ClosedRange<Double>, centre: Double, y: Double, ink: Colour, _ drawing: inout Drawing
  ) {
    let scale = intervalLimit > 0 ? (min(cellWidth, 46) / 2 - 2.5) / intervalLimit : 0
    let (near, far) = interval.lowerBound > 0 ? (0, interval.lowerBound) : (min(interval.upperBound, 0), 0)
    if near < far {
      drawing.line(Point(centre + near * scale, y), Point(centre + far * scale, y), .line(ink, 0.35))
    }
    drawing.line(Point(centre, y - 1.9), Point(centre, y + 1.9), .line(ink, 0.5))
    // An interval of no width is still to be seen.
    let (left, right) = (centre + interval.lowerBound * scale, centre + interval.upperBound * scale)
    drawing.line(Point(min(left, right - 0.8), y), Point(right, y), .line(ink, 1.4))
  }

  private func drawLegend(_ drawing: inout Drawing, y: Double) -> Double {
    let steps = 30
    let barWidth = 84.0
    let most = signedText(limit, decimals: Rounding.figure.decimals(limit, halfWidth: nil), signed: false)
    let left = textWidth("−" + most) + 6
    var y = y
    if limit > 0 {
      drawing.text("−" + most, left - 3, y + 7, .init(anchor: .end))
      for step in 0..<steps {
        let share = (Double(step) + 0.5) / Double(steps) * 2 - 1
        drawing.rectangle(
          left + barWidth * Double(step) / Double(steps), y, barWidth / Double(steps) + 0.15, 8,
          .fill(DivergingPalette.colour(share)))
      }
      drawing.line(Point(left + barWidth / 2, y), Point(left + barWidth / 2, y + 8), .line(.black, 0.5))
      drawing.text("+" + most, left + barWidth + 3, y + 7)
      drawing.text(matrix.legend, left + barWidth + textWidth("+" + most) + 9, y + 7)
      y += 19
    }
    let edge = drawing.width - 2
    if matrix.known.contains(where: { $0.interval != nil }) {
      drawing.line(Point(15, y - 5), Point(15, y - 1), .line(.black, 0.5))
      drawing.line(Point(17, y - 3), Point(27, y - 3), .line(.black, 1.4))
      let level = signedText(matrix.confidence * 100, decimals: 0, signed: false)
      let note = "\(level)% interval, tick at zero; bold: it excludes zero"
      y = drawing.paragraph(note, x: 33, y: y, width: edge - 33, face: .init())
    }
    let notes = [
      matrix.hasGaps ? "— a run is missing" : nil,
      matrix.known.contains(where: \.isPartial) ? "‡ not all seeds are finished" : nil,
    ].compactMap { $0 }
    if !notes.isEmpty {
      y = drawing.paragraph(notes.joined(separator: "; "), x: 2, y: y + 1, width: edge, face: .init())
    }
    if let status { y = drawing.paragraph(status, x: 2, y: y + 1, width: edge, face: .init(isBold: true)) }
    return y - 4
  }
}
