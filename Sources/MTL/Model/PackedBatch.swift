/// Whole sequences one after another, without padding: what one worker computes at a time.
///
/// Tokens that nothing is predicted from (the last label of a sequence, and what follows it) are left out.
package struct PackedBatch: Sendable {
  package private(set) var tokens: [Int32] = []  // [T]
  package private(set) var positions: [Int32] = []  // [T]
  /// A name for every row that does not depend on the packing, for dropout.
  package private(set) var keys: [UInt64] = []  // [T]
  /// Rows of each part that stands alone: a sequence, or a prompt with its continuations.
  package private(set) var blocks: [Range<Int>] = []
  /// Every row attends to its sequence up to itself.
  package private(set) var spans: [AttentionSpan] = []
  /// Rows that predict a label; a label at position t is predicted from t - 1.
  package private(set) var labelledRows: [Int] = []  // [N]
  /// The label that each labelled row predicts.
  package private(set) var targets: [Int32] = []  // [N]
  /// The sequence or continuation that each label belongs to, numbered through the batch.
  package private(set) var owners: [Int] = []  // [N]
  /// Attention of the labelled rows alone: queries are places in `labelledRows`.
  package private(set) var labelledSpans: [AttentionSpan] = []
  /// Places in `labelledRows` of each block.
  package private(set) var labelledBlocks: [Range<Int>] = []
  /// Tokens computed earlier that every block follows; their keys and values are not rows of this batch.
  package private(set) var earlierTokens: [Int32] = []
  /// Spans of each block.
  private var spansOfBlocks: [Range<Int>] = []

  /// - Parameters:
  ///   - sequences: none of them empty.
  ///   - numbers: each sequence's number in its optimizer step.
  package init(_ sequences: [TokenSequence], numbers: [Int]? = nil) {
    for (owner, sequence) in sequences.enumerated() {
      let length = max(1, sequence.isLabel.lastIndex(of: true) ?? sequence.ids.count)
      appendBlock {
        let rows = $0.append(sequence.ids[..<length], from: 0, number: numbers?[owner] ?? owner)
        $0.spans.append(AttentionSpan(queries: rows, keys: rows, visible: (1...Int32(length)).map { $0 }))
        let labels = sequence.isLabel.indices.filter { $0 > 0 && sequence.isLabel[$0] }
        $0.appendLabels(
          rows: labels.map { rows.lowerBound + $0 - 1 }, targets: labels.map { sequence.ids[$0] }, owner: owner,
          span: AttentionSpan(queries: rows, keys: rows, visible: labels.map(Int32.init)))
      }
    }
  }

  /// Prompts with their continuations; owners are numbered through all of them.
  ///
  /// The first `earlier.count` tokens of every prompt are `earlier`, computed before, and at least one more follows.
  package init(_ items: [Continuations], after earlier: [Int32] = []) {
    earlierTokens = earlier
    var owner = 0
    for (number, item) in items.enumerated() {
      precondition(item.prompt.count > earlier.count)
      appendBlock { batch in
        let before = earlier.isEmpty ? nil : 0..<earlier.count
        let prompt = batch.append(item.prompt[earlier.count...], from: earlier.count, number: number)
        func visible(_ rows: Range<Int>, after count: Int) -> [Int32] {
          rows.map { Int32(count + $0 - rows.lowerBound + 1) }
        }
        batch.spans.append(
          AttentionSpan(
            queries: prompt, keys: prompt, earlier: before, visible: visible(prompt, after: earlier.count)))
        for choice in item.choices {
          let rows = batch.append(choice.dropLast(), from: item.prompt.count, number: number)
          batch.appendLabels(
            rows: [prompt.upperBound - 1], targets: [choice[0]], owner: owner,
            span: AttentionSpan(queries: 0..<1, keys: prompt, earlier: before, visible: [Int32(item.prompt.count)]))
          if !rows.isEmpty {
            let span = AttentionSpan(
              queries: rows, keys: rows, earlier: before, sharedPrefix: prompt,
              visible: visible(rows, after: item.prompt.count))
            batch.spans.append(span)
            batch.appendLabels(rows: Array(rows), targets: Array(choice.dropFirst()), owner: owner, span: span)
          }
          owner += 1
        }
      }
    }
  }

  private mutating func appendBlock(_ body: (inout PackedBatch) -> Void) {
    let (row, span, label) = (tokens.count, spans.count, labelledRows.count)
    body(&self)
    blocks.append(row..<tokens.count)
    spansOfBlocks.append(span..<spans.count)
    labelledBlocks.append(label..<labelledRows.count)
  }

  private mutating func append(_ ids: ArraySlice<Int32>, from position: Int, number: Int) -> Range<Int> {
    let start = tokens.count
    tokens += ids
    for i in 0..<ids.count {
      positions.append(Int32(position + i))
      keys.append(UInt64(number) << 32 | UInt64(position + i))
    }
    return start..<tokens.count
  }

  /// Adds labels whose rows attend as `span` says, its queries aside.
  private mutating func appendLabels(rows: [Int], targets: [Int32], owner: Int, span: AttentionSpan) {
    if rows.isEmpty { return }
    let start = labelledRows.count
    labelledRows += rows
    self.targets += targets
    owners += rows.map { _ in owner }
    var span = span
    span.queries = start..<labelledRows.count
    labelledSpans.append(span)
  }

  /// One block on its own, without labels.
  package func block(_ index: Int) -> PackedBatch {
    let rows = blocks[index]
    func moved(_ range: Range<Int>) -> Range<Int> {
      range.lowerBound - rows.lowerBound..<range.upperBound - rows.lowerBound
    }
    var block = PackedBatch([TokenSequence]())
    block.tokens = Array(tokens[rows])
    block.positions = Array(positions[rows])
    block.keys = Array(keys[rows])
    block.blocks = [moved(rows)]
    block.earlierTokens = earlierTokens
    block.spans = spans[spansOfBlocks[index]].map {
      AttentionSpan(
        queries: moved($0.queries), keys: moved($0.keys), earlier: $0.earlier, sharedPrefix: $0.sharedPrefix.map(moved),
        visible: $0.visible)
    }
    block.spansOfBlocks = [0..<block.spans.count]
    block.labelledBlocks = [0..<0]
    return block
  }
}
