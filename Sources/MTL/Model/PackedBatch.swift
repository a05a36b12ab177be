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
          keys: rows, sharedPrefix: nil, visible: labels.map(Int32.init))
      }
    }
  }

  /// Prompts with their continuations; owners are numbered through all of them.
  package init(_ items: [Continuations]) {
    var owner = 0
    for (number, item) in items.enumerated() {
      appendBlock {
        let prompt = $0.append(item.prompt[...], from: 0, number: number)
        $0.spans.append(AttentionSpan(queries: prompt, keys: prompt, visible: (1...Int32(prompt.count)).map { $0 }))
        for choice in item.choices {
          let rows = $0.append(choice.dropLast(), from: prompt.count, number: number)
          $0.appendLabels(
            rows: [prompt.upperBound - 1], targets: [choice[0]], owner: owner, keys: prompt, sharedPrefix: nil,
            visible: [Int32(prompt.count)])
          if !rows.isEmpty {
            let visible = rows.indices.map { Int32(prompt.count + $0 - rows.lowerBound + 1) }
            $0.spans.append(AttentionSpan(queries: rows, keys: rows, sharedPrefix: prompt, visible: visible))
            $0.appendLabels(
              rows: Array(rows), targets: Array(choice.dropFirst()), owner: owner, keys: rows, sharedPrefix: prompt,
              visible: visible)
          }
          owner += 1
        }
      }
    }
  }

  /// One sequence whose first `position` tokens were computed earlier; only its last row is labelled, with no target.
  package init(continuing ids: ArraySlice<Int32>, after position: Int) {
    appendBlock {
      let rows = $0.append(ids, from: position, number: 0)
      let prefix = position > 0 ? 0..<position : nil
      let visible = rows.indices.map { Int32(position + $0 + 1) }
      $0.spans.append(AttentionSpan(queries: rows, keys: rows, sharedPrefix: prefix, visible: visible))
      $0.appendLabels(
        rows: [rows.upperBound - 1], targets: [0], owner: 0, keys: rows, sharedPrefix: prefix,
        visible: [Int32(position + rows.count)])
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

  private mutating func appendLabels(
    rows: [Int], targets: [Int32], owner: Int, keys: Range<Int>, sharedPrefix: Range<Int>?, visible: [Int32]
  ) {
    if rows.isEmpty { return }
    let start = labelledRows.count
    labelledRows += rows
    self.targets += targets
    owners += rows.map { _ in owner }
    labelledSpans.append(
      AttentionSpan(queries: start..<labelledRows.count, keys: keys, sharedPrefix: sharedPrefix, visible: visible))
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
    block.spans = spans[spansOfBlocks[index]].map {
      AttentionSpan(
        queries: moved($0.queries), keys: moved($0.keys), sharedPrefix: $0.sharedPrefix.map(moved), visible: $0.visible)
    }
    block.spansOfBlocks = [0..<block.spans.count]
    block.labelledBlocks = [0..<0]
    return block
  }
}
