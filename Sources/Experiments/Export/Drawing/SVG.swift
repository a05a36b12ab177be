import Foundation

/// A coordinate with at most two digits after the point, the same on every machine.
func coordinate(_ value: Double) -> String {
  guard value.isFinite else { return "0" }
  var text = String(format: "%.2f", value)
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text == "-0" ? "0" : text
}

/// A text as XML has it, in content and in attributes; what XML 1.0 does not allow becomes U+FFFD.
package func escapedXML(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\t", "\n", "\r": result += " "
    case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

extension Drawing {
  /// The figure as a self-contained SVG 1.1 file; equal figures give equal bytes.
  public func svg() -> String {
    let (w, h) = (coordinate(width), coordinate(height))
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(w)pt" height="\(h)pt" viewBox="0 0 \(w) \(h)" role="img" \
      font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">
      <title>\(escapedXML(title))</title>
      <desc>\(escapedXML(description))</desc>
      <rect width="\(w)" height="\(h)" fill="#ffffff"/>

      """
    for shape in shapes { text += shape.svg + "\n" }
    return text + "</svg>\n"
  }
}

extension Shape {
  fileprivate var svg: String {
    switch self {
    case .rectangle(let at, let width, let height, let paint):
      return "<rect x=\"\(coordinate(at.x))\" y=\"\(coordinate(at.y))\" width=\"\(coordinate(width))\" "
        + "height=\"\(coordinate(height))\"\(paint.svg)/>"
    case .circle(let at, let radius, let paint):
      return "<circle cx=\"\(coordinate(at.x))\" cy=\"\(coordinate(at.y))\" r=\"\(coordinate(radius))\"\(paint.svg)/>"
    case .path(let segments, let paint):
      return "<path d=\"\(segments.map(\.svg).joined(separator: " "))\"\(paint.svg)/>"
    case .text(let text, let at, let face):
      var attributes = " x=\"\(coordinate(at.x))\" y=\"\(coordinate(at.y))\" font-size=\"\(coordinate(face.size))\""
      if face.anchor != .start { attributes += " text-anchor=\"\(face.anchor.rawValue)\"" }
      if face.isBold { attributes += " font-weight=\"bold\"" }
      if face.colour != .black { attributes += " fill=\"\(face.colour.hex)\"" }
      if face.isVertical { attributes += " transform=\"rotate(-90 \(coordinate(at.x)) \(coordinate(at.y)))\"" }
      return "<text\(attributes)>\(escapedXML(text))</text>"
    case .group(let title, let shapes):
      return "<g><title>\(escapedXML(title))</title>" + shapes.map(\.svg).joined() + "</g>"
    }
  }
}

extension Shape.Segment {
  fileprivate var svg: String {
    func pair(_ point: Point) -> String { "\(coordinate(point.x)) \(coordinate(point.y))" }
    switch self {
    case .move(let to): return "M\(pair(to))"
    case .line(let to): return "L\(pair(to))"
    case .curve(let a, let b, let to): return "C\(pair(a)) \(pair(b)) \(pair(to))"
    case .close: return "Z"
    }
  }
}

extension Paint {
  fileprivate var svg: String {
    var text = " fill=\"\(fill?.hex ?? "none")\""
    guard let stroke else { return text }
    text += " stroke=\"\(stroke.hex)\" stroke-width=\"\(coordinate(lineWidth))\""
    if !dash.isEmpty { text += " stroke-dasharray=\"\(dash.map(coordinate).joined(separator: " "))\"" }
    return text
  }
}

extension Colour {
  /// `#rrggbb`.
  package var hex: String { String(format: "#%02x%02x%02x", Int(red), Int(green), Int(blue)) }
}
