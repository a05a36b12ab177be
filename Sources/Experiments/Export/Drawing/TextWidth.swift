/// Widths of Helvetica's ASCII characters from the space on, in thousandths of the size.
private let widths: [Double] = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
]

/// How wide a text is in points, about: as in Helvetica, with something to spare for the fonts that replace it.
package func textWidth(_ text: String, size: Double = Drawing.textSize) -> Double {
  text.unicodeScalars.reduce(0.0) { sum, scalar in
    let code = Int(scalar.value)
    if code >= 32, code < 32 + widths.count { return sum + widths[code - 32] }
    return sum + (code >= 0x1100 ? 1000 : 600)
  } * size * 1.06 / 1000
}

/// A text that fits into a width, with an ellipsis where something had to go.
package func shortened(_ text: String, width: Double, size: Double = Drawing.textSize) -> String {
  if textWidth(text, size: size) <= width { return text }
  var kept = text
  while !kept.isEmpty, textWidth(kept + "…", size: size) > width { kept.removeLast() }
  return kept + "…"
}

/// A text in lines that fit into a width, broken at spaces.
func wrapped(_ text: String, width: Double, size: Double) -> [String] {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, textWidth(last + " " + word, size: size) <= width {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines
}

/// A name in one line or in two, broken after the separator nearest to its middle.
func inTwoLines(_ name: String) -> [String] {
  let letters = Array(name)
  let places = letters.indices.dropLast().filter { "-_ ./+".contains(letters[$0]) && $0 > 0 }
  let middle = Double(letters.count - 1) / 2
  guard letters.count > 8, let place = places.min(by: { abs(Double($0) - middle) < abs(Double($1) - middle) }) else {
    return [name]
  }
  return [String(letters[...place]).trimmingSpaces, String(letters[(place + 1)...]).trimmingSpaces]
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
