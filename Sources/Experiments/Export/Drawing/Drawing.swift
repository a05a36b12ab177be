/// A figure: shapes in points (1/72 inch), x to the right and y down; SVG and TikZ are written from it.
public struct Drawing: Sendable, Equatable {
  /// The width in points.
  public var width: Double
  /// The height in points.
  public var height: Double
  /// What it shows, for those who cannot see it and for the tooltip.
  public var title: String
  /// More of it: intervals, estimand, where it comes from.
  public var description: String
  package var shapes: [Shape] = []

  /// The width of a column of a two-column paper.
  static let columnWidth = 244.8
  /// The size of all text.
  static let textSize = 8.0

  init(width: Double, height: Double, title: String, description: String = "") {
    self.width = width
    self.height = height
    self.title = title
    self.description = description
  }
}

/// How a shape is painted.
package struct Paint: Sendable, Equatable {
  var fill: Colour?
  var stroke: Colour?
  /// In points.
  var lineWidth = 0.6
  /// Lengths of dashes and gaps; none for a solid line.
  var dash: [Double] = []

  static func fill(_ colour: Colour) -> Paint { Paint(fill: colour) }

  static func line(_ colour: Colour, _ width: Double = 0.6, dash: [Double] = []) -> Paint {
    Paint(stroke: colour, lineWidth: width, dash: dash)
  }
}

/// A place.
package struct Point: Sendable, Equatable {
  var x: Double
  var y: Double

  init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// One element of a figure.
package enum Shape: Sendable, Equatable {
  /// Where a text stands relative to its place, which is on its baseline.
  package enum Anchor: String, Sendable {
    case start
    case middle
    case end
  }

  /// A part of a path.
  package enum Segment: Sendable, Equatable {
    case move(Point)
    case line(Point)
    case curve(Point, Point, Point)
    case close
  }

  /// How a text looks.
  package struct Face: Sendable, Equatable {
    var anchor = Anchor.start
    var size = Drawing.textSize
    var isBold = false
    var colour = Colour.black
    /// Whether it reads from the bottom up.
    var isVertical = false
  }

  case rectangle(Point, width: Double, height: Double, Paint)
  case circle(Point, radius: Double, Paint)
  case path([Segment], Paint)
  case text(String, Point, Face)
  /// Shapes that share a tooltip.
  case group(String, [Shape])
}

extension Drawing {
  mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ paint: Paint) {
    shapes.append(.rectangle(Point(x, y), width: width, height: height, paint))
  }

  mutating func line(_ from: Point, _ to: Point, _ paint: Paint) {
    shapes.append(.path([.move(from), .line(to)], paint))
  }

  mutating func text(_ text: String, _ x: Double, _ y: Double, _ face: Shape.Face = .init()) {
    shapes.append(.text(text, Point(x, y), face))
  }

  /// Draws several shapes that share a tooltip.
  mutating func group(_ title: String, _ draw: (inout Drawing) -> Void) {
    var inner = Drawing(width: width, height: height, title: "")
    draw(&inner)
    shapes.append(.group(title, inner.shapes))
  }

  /// Draws words below one another, each line broken to fit; returns where the next line would stand.
  mutating func paragraph(
    _ words: String, x: Double, y: Double, width: Double, face: Shape.Face = .init(colour: .grey)
  ) -> Double {
    var y = y
    for line in wrapped(words, width: width, size: face.size) {
      text(line, x, y, face)
      y += face.size * 1.25
    }
    return y
  }
}
