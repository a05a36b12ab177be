/// One quantity evaluated under every weighting that an interval needs, in one flat array:
/// `[point | one value a seed | draws | seeds x clusters: that seed alone, that cluster left out]`.
///
/// Nonlinear functions (ratios) of columns with one layout are taken element by element.
struct ColumnLayout: Sendable, Equatable {
  /// Seeds, at least one: a quantity without seeds repeats its value.
  let seeds: Int
  let draws: Int
  let clusters: Int

  var seedStart: Int { 1 }
  var drawStart: Int { 1 + seeds }
  var jackknifeStart: Int { 1 + seeds + draws }
  var count: Int { jackknifeStart + seeds * clusters }
}
