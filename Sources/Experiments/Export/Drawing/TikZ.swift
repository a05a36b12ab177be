import Foundation

extension Drawing {
  /// The figure as a `tikzpicture` that needs the package tikz alone and takes the paper's font.
  public func tikz() -> String {
    var text = "\\begin{tikzpicture}[x=1bp,y=-1bp,line cap=butt,line join=round]\n"
    text += "\\useasboundingbox (0,0) rectangle (\(coordinate(width)),\(coordinate(height)));\n"
    for shape in shapes { text += shape.tikz }
    return text + "\\end{tikzpicture}%\n"
  }
}

extension Shape {
  fileprivate var tikz: String {
    switch self {
    case .rectangle(let at, let width, let height, let paint):
      return "\\path[\(paint.tikz)] \(at.tikz) rectangle \(Point(at.x + width, at.y + height).tikz);\n"
    case .circle(let at, let radius, let paint):
      return "\\path[\(paint.tikz)] \(at.tikz) circle[radius=\(coordinate(radius))bp];\n"
    case .path(let segments, let paint):
      return "\\path[\(paint.tikz)] \(segments.map(\.tikz).joined());\n"
    case .text(let text, let at, let face):
      let side: String
      switch face.anchor {
      case .start: side = "base west"
      case .middle: side = "base"
      case .end: side = "base east"
      }
      var options = "anchor=\(side),inner sep=0pt,outer sep=0pt"
      options += ",font=\\fontsize{\(coordinate(face.size))}{\(coordinate(face.size))}\\selectfont"
      if face.isBold { options += "\\bfseries\\boldmath" }
      if face.colour != .black { options += ",text=\(face.colour.tikz)" }
      if face.isVertical { options += ",rotate=90" }
      return "\\node[\(options)] at \(at.tikz) {\(escapedLaTeX(text))};\n"
    case .group(_, let shapes): return shapes.map(\.tikz).joined()
    }
  }
}

extension Point {
  fileprivate var tikz: String { "(\(coordinate(x)),\(coordinate(y)))" }
}

extension Shape.Segment {
  fileprivate var tikz: String {
    switch self {
    case .move(let to): to.tikz
    case .line(let to): " -- " + to.tikz
    case .curve(let a, let b, let to): " .. controls \(a.tikz) and \(b.tikz) .. \(to.tikz)"
    case .close: " -- cycle"
    }
  }
}

extension Paint {
  fileprivate var tikz: String {
    var options: [String] = []
    if let fill { options.append("fill=\(fill.tikz)") }
    if let stroke { options.append("draw=\(stroke.tikz),line width=\(coordinate(lineWidth))bp") }
    if !dash.isEmpty {
      let parts = dash.enumerated().map { "\($0.offset % 2 == 0 ? "on" : "off") \(coordinate($0.element))bp" }
      options.append("dash pattern=" + parts.joined(separator: " "))
    }
    return options.joined(separator: ",")
  }
}

extension Colour {
  fileprivate var tikz: String { "{rgb,255:red,\(red);green,\(green);blue,\(blue)}" }
}
