import Foundation

/// A colour of the sRGB space, a byte a channel.
public struct Colour: Sendable, Hashable {
  /// Red, 0 to 255.
  public var red: UInt8
  /// Green, 0 to 255.
  public var green: UInt8
  /// Blue, 0 to 255.
  public var blue: UInt8

  /// A colour of these channels.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A colour by lightness (0 to 1), chroma and hue (degrees) of Oklab, where equal steps look equal.
  ///
  /// What sRGB cannot show is cut off channel by channel. Source: Ottosson 2020, "A perceptual color space".
  init(lightness: Double, chroma: Double, hue: Double) {
    let a = chroma * cos(hue * .pi / 180)
    let b = chroma * sin(hue * .pi / 180)
    let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
    let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
    let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
    func channel(_ linear: Double) -> UInt8 {
      let bounded = min(max(linear, 0), 1)
      let encoded = bounded <= 0.0031308 ? 12.92 * bounded : 1.055 * pow(bounded, 1 / 2.4) - 0.055
      return UInt8((encoded * 255).rounded())
    }
    self.init(
      channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }

  /// Luma of Rec. 601, 0 to 1: what is left in greyscale.
  package var luma: Double { (0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)) / 255 }

  /// How much two colours differ in luminance, 1 to 21. Source: WCAG 2.2, "contrast ratio".
  package func contrast(with other: Colour) -> Double {
    let (a, b) = (luminance, other.luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  private var luminance: Double {
    func linear(_ channel: UInt8) -> Double {
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  static let black = Colour(0, 0, 0)
  static let white = Colour(255, 255, 255)
  /// Of axes and notes.
  static let grey = Colour(90, 90, 90)
  /// Of what lies behind.
  static let pale = Colour(190, 190, 190)
}

/// Colours of numbers about zero: blue above, orange below, which the common kinds of colour blindness tell apart.
///
/// Both sides darken alike, so greyscale shows the size; the sign has to be printed.
package enum DivergingPalette {
  /// The colour of a number as a share of the greatest one, -1 to 1.
  package static func colour(_ share: Double) -> Colour {
    let size = min(abs(share), 1)
    // Nothing is white but zero: the first step is to be seen.
    let lightness = 0.975 - 0.475 * pow(size, 0.85)
    return Colour(lightness: lightness, chroma: 0.135 * pow(size, 0.8), hue: share < 0 ? 52 : 250)
  }

  /// Black or white, whichever is read more easily on the colour of a share.
  package static func ink(_ share: Double) -> Colour {
    let ground = colour(share)
    return ground.contrast(with: .white) > ground.contrast(with: .black) ? .white : .black
  }
}

/// Colours of things that have no order, from dark to light, so that greyscale tells neighbours apart.
enum SeriesPalette {
  static let colours = [(0.45, 255.0), (0.64, 52.0), (0.55, 155.0), (0.38, 330.0), (0.75, 220.0), (0.60, 20.0)].map {
    Colour(lightness: $0.0, chroma: 0.13, hue: $0.1)
  }

  static func colour(_ index: Int) -> Colour { colours[index % colours.count] }
}
