import Foundation

/// The rule by which papers' numbers are rounded, in one place.
///
/// An estimate has as many decimals as its interval's half width has with `significant` significant digits, and the
/// interval's ends have the same; whole numbers are never rounded further. A number without an interval, or whose
/// interval has no width, has `fallback` significant digits. In figures a number that would become zero so has its first
/// digit that is not.
package struct Rounding: Sendable, Hashable {
  /// Significant digits of the half width.
  package var significant: Int
  /// Significant digits of a number without an interval.
  package var fallback = 3
  /// Most decimals.
  package var most = 6
  /// Whether a number that is not zero has to show it.
  package var keepsNonzero = false

  /// For tables.
  package static let table = Rounding(significant: 2)
  /// For cells of figures, where there is no room for more.
  package static let figure = Rounding(significant: 1, fallback: 2, keepsNonzero: true)

  /// The decimals of a number with an interval of this half width.
  package func decimals(_ value: Double, halfWidth: Double?) -> Int {
    if let halfWidth, halfWidth > 0, halfWidth.isFinite {
      let decimals = Self.decimals(halfWidth, significant, most)
      let isLost = value != 0 && !signedText(value, decimals: decimals).contains { ("1"..."9").contains($0) }
      return keepsNonzero && isLost ? max(decimals, Self.decimals(abs(value), 1, most)) : decimals
    }
    return Self.decimals(abs(value), fallback, most)
  }

  private static func decimals(_ size: Double, _ significant: Int, _ most: Int) -> Int {
    guard size > 0, size.isFinite else { return min(significant - 1, most) }
    func needed(_ size: Double) -> Int { significant - 1 - Int(log10(size).rounded(.down)) }
    let first = min(max(needed(size), 0), most)
    // 9.96 with two digits is 10, which has no decimals.
    let rounded = Double(String(format: "%.\(first)f", size)) ?? size
    return rounded > 0 ? min(max(needed(rounded), 0), most) : first
  }
}

/// A number with a true minus sign, and a plus sign where signs are asked for; a rounded zero keeps the sign it had.
package func signedText(_ value: Double, decimals: Int, signed: Bool = true) -> String {
  let digits = String(format: "%.\(decimals)f", abs(value))
  if value < 0 { return "−" + digits }
  return signed && value > 0 ? "+" + digits : digits
}
