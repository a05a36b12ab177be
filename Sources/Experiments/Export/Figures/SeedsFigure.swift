/// A panel for each column of a matrix and a line for each row: the estimate as a bar, its interval as a line, and every
/// seed as a point.
package struct SeedsFigure {
  private let matrix: DisplayMatrix
  private let status: String?
  private let rows: [Int]
  private static let lineHeight = 10.0
  private static let most = 40

  /// Lays a matrix out; beyond forty rows the first forty are drawn, and it is said.
  package init(_ matrix: DisplayMatrix, status: String? = nil) {
    self.matrix = matrix
    self.status = status
    rows = Array(matrix.rows.indices.prefix(Self.most))
  }

  /// The figure.
  package func drawing() -> Drawing {
    let labelWidth = min(matrix.rows.map { textWidth($0) }.max() ?? 0, 90) + 5
    let across = min(matrix.columns.count, labelWidth < 60 ? 3 : 2)
    let panelWidth = (Drawing.columnWidth - labelWidth) / Double(max(across, 1))
    let panelHeight = Double(rows.count) * Self.lineHeight + 4
    let values = matrix.known.flatMap { cell in
      [cell.value] + cell.perSeed + [cell.interval?.lowerBound, cell.interval?.upperBound].compactMap { $0 }
    }
    let axis = Axis(values, from: 4, to: panelWidth - 4, includingZero: true)
    var drawing = Drawing(
      width: Drawing.columnWidth, height: 0, title: matrix.title,
      description: [status, matrix.caption].compactMap { $0 }.joined(separator: ". "))
    var y = 0.0
    for start in stride(from: 0, to: matrix.columns.count, by: max(across, 1)) {
      let columns = start..<min(start + across, matrix.columns.count)
      for (line, row) in rows.enumerated() {
        drawing.text(
          shortened(matrix.rows[row], width: labelWidth - 5), labelWidth - 5,
          y + 15 + Double(line) * Self.lineHeight + 6,
          .init(anchor: .end))
      }
      for (place, column) in columns.enumerated() {
        let x = labelWidth + Double(place) * panelWidth
        draw(column, axis.moved(from: x + 4, to: x + panelWidth - 4), x: x, y: y, panelWidth, panelHeight, &drawing)
      }
      y += panelHeight + 34
    }
    drawing.height = drawLegend(&drawing, y: y - 3)
    return drawing
  }

  private func draw(
    _ column: Int, _ axis: Axis, x: Double, y: Double, _ width: Double, _ height: Double, _ drawing: inout Drawing
  ) {
    drawing.text(
      shortened(matrix.columns[column], width: width - 4), x + width / 2, y + 8, .init(anchor: .middle, isBold: true))
    let top = y + 12
    drawing.line(Point(axis.place(0), top), Point(axis.place(0), top + height), .line(.grey, 0.5, dash: [1.5, 1.5]))
    for (line, row) in rows.enumerated() {
      let middle = top + 6 + Double(line) * Self.lineHeight
      switch matrix.entries[row][column] {
      case .undefined: break
      case .missing: drawing.text("—", axis.place(0) + 4, middle + 3, .init(colour: .grey))
      case .known(let cell):
        drawing.group("\(matrix.rows[row]) on \(matrix.columns[column]): \(cell.text())") { drawing in
          if let interval = cell.interval {
            drawing.line(
              Point(axis.place(interval.lowerBound), middle), Point(axis.place(interval.upperBound), middle),
              .line(.black, 0.8))
          }
          let at = axis.place(cell.value)
          drawing.line(Point(at, middle - 3.2), Point(at, middle + 3.2), .line(.black, 1.2))
          for value in cell.perSeed {
            drawing.shapes.append(
              .circle(
                Point(axis.place(value), middle), radius: 1.6,
                Paint(fill: DivergingPalette.colour(value < 0 ? -0.6 : 0.6), stroke: .white, lineWidth: 0.4)))
          }
        }
      }
    }
    drawing.shapes.append(
      .path([.move(Point(x + 2, top + height)), .line(Point(x + width - 2, top + height))], .line(.black, 0.6)))
    let (ticks, decimals) = axis.ticks(width < 70 ? 2 : 3)
    for tick in ticks {
      let at = axis.place(tick)
      drawing.line(Point(at, top + height), Point(at, top + height + 2.5), .line(.black, 0.6))
      drawing.text(
        signedText(tick, decimals: decimals, signed: false), at, top + height + 10.5, .init(anchor: .middle))
    }
  }

  private func drawLegend(_ drawing: inout Drawing, y: Double) -> Double {
    let level = signedText(matrix.confidence * 100, decimals: 0, signed: false)
    var note = "\(matrix.legend), trained on the line's name; bar: estimate; line: \(level)% interval; points: seeds"
    if rows.count < matrix.rows.count { note += "; the first \(rows.count) of \(matrix.rows.count) subsets" }
    if matrix.hasGaps { note += "; — a run is missing" }
    var next = drawing.paragraph(note, x: 2, y: y + 4, width: drawing.width - 4, face: .init())
    if let status {
      next = drawing.paragraph(status, x: 2, y: next, width: drawing.width - 4, face: .init(isBold: true))
    }
    return next - 5
  }
}
