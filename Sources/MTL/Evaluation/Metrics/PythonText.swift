/// Text as Python sees it: ROUGE, BLEU and chrF are defined by Python programs, which count code points and split at
/// `str.isspace`.
enum PythonText {
  /// Whether `str.isspace` holds.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Whether `string.punctuation` holds it: ASCII punctuation and symbols.
  static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
    default: false
    }
  }

  /// `text.split()`.
  static func words(_ text: some Sequence<Unicode.Scalar>) -> [[Unicode.Scalar]] {
    Array(text).split(whereSeparator: isSpace).map(Array.init)
  }
}

/// Gives equal things equal numbers, so that long sequences of them compare fast.
struct Interner<Item: Hashable> {
  private var numbers: [Item: Int] = [:]

  /// Each item's number.
  mutating func numbers(_ items: some Sequence<Item>) -> [Int] {
    items.map { item in
      if let number = numbers[item] { return number }
      defer { numbers[item] = numbers.count }
      return numbers.count
    }
  }
}

/// How often each run of `length` items occurs.
func ngramCounts<Item: Hashable>(_ items: [Item], length: Int) -> [ArraySlice<Item>: Int] {
  guard length > 0, items.count >= length else { return [:] }
  var counts: [ArraySlice<Item>: Int] = [:]
  for start in 0...(items.count - length) { counts[items[start..<start + length], default: 0] += 1 }
  return counts
}

/// The size of the largest common multiset of runs.
func sharedCount<Item: Hashable>(_ a: [ArraySlice<Item>: Int], _ b: [ArraySlice<Item>: Int]) -> Int {
  a.reduce(0) { $0 + min($1.value, b[$1.key] ?? 0) }
}
