/// Merges the bytes of a piece into tokens: the adjacent pair of lowest rank first, the leftmost of equals.
struct BytePairEncoder: Sendable {
  /// What a pair of tokens becomes, and how early.
  struct Merge: Sendable {
    let rank: Int32
    let token: Int32
  }

  /// The token of each byte, or -1.
  let byteTokens: [Int32]
  /// What stands for a byte that has no token; nil drops it.
  let unknownToken: Int32?
  /// Keyed by `key(left, right)`.
  let merges: [UInt64: Merge]
  /// Whole pieces that are tokens whatever the merges say; empty unless the tokenizer ignores merges.
  let wholePieces: [[UInt8]: Int32]

  static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Buffers kept between pieces.
  struct Workspace {
    fileprivate var tokens: [Int32] = []
    fileprivate var ranks: [Int32] = []
    fileprivate var next: [Int32] = []
    fileprivate var previous: [Int32] = []
    fileprivate var heap: [UInt64] = []
  }

  private static let none = Int32.max

  /// Appends the tokens of a piece to `ids`, in O(n log n).
  func encode(_ piece: UnsafeBufferPointer<UInt8>.SubSequence, _ workspace: inout Workspace, into ids: inout [Int32]) {
    if !wholePieces.isEmpty, let id = wholePieces[Array(piece)] {
      ids.append(id)
      return
    }
    workspace.tokens.removeAll(keepingCapacity: true)
    for byte in piece {
      let token = byteTokens[Int(byte)]
      if token >= 0 {
        workspace.tokens.append(token)
      } else if let unknownToken {
        workspace.tokens.append(unknownToken)
      }
    }
    if workspace.tokens.count <= 32 { mergeShort(&workspace) } else { mergeLong(&workspace) }
    ids.append(contentsOf: workspace.tokens)
  }

  private func rank(_ left: Int32, _ right: Int32) -> Int32 {
    merges[Self.key(left, right)]?.rank ?? Self.none
  }

  /// Looks for the lowest rank among all pairs after every merge: the fastest for words.
  private func mergeShort(_ w: inout Workspace) {
    w.ranks.removeAll(keepingCapacity: true)
    for i in w.tokens.indices.dropLast() { w.ranks.append(rank(w.tokens[i], w.tokens[i + 1])) }
    while true {
      var best = Self.none
      var at = 0
      for (i, rank) in w.ranks.enumerated() where rank < best {
        best = rank
        at = i
      }
      guard best != Self.none, let merge = merges[Self.key(w.tokens[at], w.tokens[at + 1])] else { return }
      w.tokens[at] = merge.token
      w.tokens.remove(at: at + 1)
      w.ranks.remove(at: at)
      if at > 0 { w.ranks[at - 1] = rank(w.tokens[at - 1], merge.token) }
      if at < w.ranks.count { w.ranks[at] = rank(merge.token, w.tokens[at + 1]) }
    }
  }

  /// A linked list of tokens and a heap of pairs, for runs without a break.
  private func mergeLong(_ w: inout Workspace) {
    let count = w.tokens.count
    w.next = (1...Int32(count)).map(\.self)  // count: no next
    w.previous = (-1..<Int32(count - 1)).map(\.self)
    w.heap.removeAll(keepingCapacity: true)
    func push(_ w: inout Workspace, _ i: Int) {
      let rank = rank(w.tokens[i], w.tokens[Int(w.next[i])])
      // Rank above position: the lowest rank, and of equals the leftmost, comes out first.
      if rank != Self.none { w.heap.pushMinimum(UInt64(rank) << 32 | UInt64(i)) }
    }
    for i in 0..<count - 1 { push(&w, i) }
    while let entry = w.heap.popMinimum() {
      let left = Int(entry & 0xffff_ffff)
      guard w.tokens[left] >= 0, w.next[left] < count else { continue }
      let right = Int(w.next[left])
      // An entry is stale when either token has been merged since.
      guard let merge = merges[Self.key(w.tokens[left], w.tokens[right])], merge.rank == Int32(entry >> 32) else {
        continue
      }
      w.tokens[left] = merge.token
      w.tokens[right] = -1
      w.next[left] = w.next[right]
      if w.next[left] < count {
        w.previous[Int(w.next[left])] = Int32(left)
        push(&w, left)
      }
      if w.previous[left] >= 0 { push(&w, Int(w.previous[left])) }
    }
    w.tokens.removeAll { $0 < 0 }
  }
}

extension [UInt64] {
  /// Adds to an array that is a binary heap.
  mutating func pushMinimum(_ value: UInt64) {
    append(value)
    var child = count - 1
    while child > 0, self[(child - 1) / 2] > self[child] {
      swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the least element out of such an array.
  mutating func popMinimum() -> UInt64? {
    guard let last = popLast() else { return nil }
    guard let top = first else { return last }
    self[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < count else { return top }
      if child + 1 < count, self[child + 1] < self[child] { child += 1 }
      guard self[child] < self[parent] else { return top }
      swapAt(child, parent)
      parent = child
    }
  }
}
