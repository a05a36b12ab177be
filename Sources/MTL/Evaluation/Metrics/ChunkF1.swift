/// A run of tokens that tags mark as one entity.
public struct TaggedSpan: Sendable, Hashable {
  /// What kind of entity; empty for tags without a type.
  public var type: String
  /// Token indices.
  public var range: Range<Int>

  /// A span.
  public init(type: String, range: Range<Int>) {
    self.type = type
    self.range = range
  }

  /// The spans of IOB1, IOB2 or IOBES tags (`B-Disease`, `I-Disease`, `O`, ...), as conlleval reads them: a tag of
  /// another type begins a span whatever its letter.
  public static func spans(_ tags: [String]) -> [TaggedSpan] {
    var spans: [TaggedSpan] = []
    var open: (type: String, start: Int)?
    var previous: Character = "O"
    for (i, tag) in (tags + ["O"]).enumerated() {
      let parts = tag.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      let letter = parts.first?.first ?? "O"
      let type = parts.count > 1 ? String(parts[1]) : ""
      let begins = letter != "O" && ("BSU".contains(letter) || "OESUL".contains(previous) || open?.type != type)
      if let current = open, letter == "O" || begins {
        spans.append(TaggedSpan(type: current.type, range: current.start..<i))
        open = nil
      }
      if begins { open = (type, i) }
      previous = letter
    }
    return spans
  }
}

/// Micro F1 of the entities that IOB tags mark, with the counts of conlleval: a span counts if its type and both ends
/// are right. Answers are tags between white space; one that is too short is filled with `O`, one too long is cut.
public struct ChunkF1: Metric {
  public var name: String { "chunk_f1" }
  public var higherIsBetter: Bool { true }

  /// Right spans, predicted spans, wanted spans.
  public func parts(_ outcome: ExampleOutcome) -> [Double] {
    let wanted = Self.tags(outcome.references.first ?? "")
    let predicted = Self.tags(outcome.prediction ?? "").prefix(wanted.count)
    let filled = predicted + [String](repeating: "O", count: wanted.count - predicted.count)
    let (a, b) = (Set(TaggedSpan.spans(Array(filled))), Set(TaggedSpan.spans(wanted)))
    return F1Counts(matched: Double(a.intersection(b).count), predicted: Double(a.count), wanted: Double(b.count)).parts
  }

  public func score(_ summedParts: [Double], count: Int) -> Double { F1Counts.groups(summedParts).first?.f1 ?? 0 }

  private static func tags(_ text: String) -> [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }
}
