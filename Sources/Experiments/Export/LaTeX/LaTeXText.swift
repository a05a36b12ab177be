import Foundation

private let commands: [Unicode.Scalar: String] = [
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
  "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}",
  "|": "\\textbar{}", "\"": "''", "`": "\\textasciigrave{}", "-": "{-}", "[": "{[}", "]": "{]}", "*": "{*}", ",": "{,}",
  "−": "\\ensuremath{-}",
  "–": "--", "—": "---", "…": "\\ldots{}", "×": "\\ensuremath{\\times}", "±": "\\ensuremath{\\pm}",
  "µ": "\\ensuremath{\\mu}", "α": "\\ensuremath{\\alpha}", "β": "\\ensuremath{\\beta}",
  "γ": "\\ensuremath{\\gamma}", "δ": "\\ensuremath{\\delta}", "κ": "\\ensuremath{\\kappa}",
  "λ": "\\ensuremath{\\lambda}", "μ": "\\ensuremath{\\mu}", "σ": "\\ensuremath{\\sigma}",
  "ω": "\\ensuremath{\\omega}", "≤": "\\ensuremath{\\le}", "≥": "\\ensuremath{\\ge}", "†": "\\dag{}", "‡": "\\ddag{}",
  "→": "\\ensuremath{\\rightarrow}", "←": "\\ensuremath{\\leftarrow}", "↓": "\\ensuremath{\\downarrow}",
  "↑": "\\ensuremath{\\uparrow}", "·": "\\textperiodcentered{}", "’": "'", "‘": "`", "“": "``", "”": "''",
]

/// Latin letters with accents that every pdflatex set-up can print.
private let letters = Set("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ".unicodeScalars)

/// A text that LaTeX prints as it is and runs nothing of; a character that pdflatex has no letter for is named, `[U+4E2D]`.
package func escapedLaTeX(_ text: String) -> String {
  var result = ""
  // Precomposed, so that an accent does not stand alone.
  for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
    if let command = commands[scalar] {
      result += command
    } else if scalar.properties.isWhitespace || scalar.value < 0x20 || scalar.value == 0x7F {
      result += " "
    } else if scalar.isASCII || letters.contains(scalar) {
      result.unicodeScalars.append(scalar)
    } else {
      result += String(format: "{[}U+%04X{]}", scalar.value)
    }
  }
  return result
}

/// A text for `%` comments: one line.
package func commentLine(_ text: String) -> String {
  let inert = text.unicodeScalars.map { scalar -> String in
    scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .lineSeparator
      || scalar.properties.generalCategory == .paragraphSeparator ? " " : String(scalar)
  }
  return "% " + inert.joined() + "\n"
}
